#pragma once
/// The loops of coding.hpp for AVX-512.

#include "runtime/cpu/code.hpp"

#include <cstddef>
#include <span>

namespace cleave::cpu {

/// As encode and decode of coding.hpp, the same bits, for as many of the first elements as come in whole vectors: how
/// many that were. None on CPUs without AVX-512.
std::size_t encode_vectors(std::span<const float> elements, const Code& code, std::byte* coded);
std::size_t decode_vectors(const std::byte* coded, const Code& code, std::span<float> elements);

}  // namespace cleave::cpu
