#pragma once
/// Numbers of 16 bits: IEEE 754's binary16 and bfloat16.

#include <cleave/tensor.hpp>

#include <cstdint>

namespace cleave {

[[nodiscard]] bool is_half(DataType type);
/// The nearest number of `type`, ties to even; beyond the largest, infinity. Precondition: is_half(type).
[[nodiscard]] std::uint16_t to_half(DataType type, double number);
/// Exact. Precondition: is_half(type).
[[nodiscard]] float from_half(DataType type, std::uint16_t bits);

}  // namespace cleave
