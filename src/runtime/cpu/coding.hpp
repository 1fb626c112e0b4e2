#pragma once
/// Float32 elements to their short form and back.

#include "runtime/cpu/code.hpp"

#include <cstddef>
#include <span>

namespace cleave::cpu {

/// To the nearest, ties to even; integers saturate. A NaN becomes a NaN or, as an integer, `zero`.
void encode(std::span<const float> elements, const Code& code, std::byte* coded);
/// The nearest number that bf16 has.
[[nodiscard]] float rounded_to_bf16(float x);
/// Exact for bf16. encode(decode(x)) == x.
void decode(const std::byte* coded, const Code& code, std::span<float> elements);

}  // namespace cleave::cpu
