#include "model/half_precision.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace cleave {
namespace {

struct Format {
  int mantissa_bits = 0;
  int lowest = 0;  ///< the smallest number above 0 is 2^lowest
  std::uint16_t infinity = 0;
};
constexpr Format kFloat16{10, -24, 0x7c00};
constexpr Format kBfloat16{7, -133, 0x7f80};

float from_float16(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000U) << 16U;
  const std::uint32_t exponent = (bits >> 10U) & 0x1fU;
  const std::uint32_t mantissa = bits & 0x3ffU;
  if (exponent == 0) return (sign != 0 ? -0x1p-24F : 0x1p-24F) * static_cast<float>(mantissa);
  // A float's exponent is 112 = 127 - 15 higher; that of infinities and of what is no number stays all ones.
  const std::uint32_t raised = exponent == 0x1f ? 0xffU : exponent + 112U;
  return std::bit_cast<float>(sign | (raised << 23U) | (mantissa << 13U));
}

}  // namespace

bool is_half(DataType type) { return type == DataType::float16 || type == DataType::bfloat16; }

std::uint16_t to_half(DataType type, double number) {
  const Format& format = type == DataType::float16 ? kFloat16 : kBfloat16;
  const std::uint16_t sign = std::signbit(number) ? 0x8000 : 0;
  if (std::isnan(number)) return static_cast<std::uint16_t>(format.infinity | (1U << (format.mantissa_bits - 1)));
  if (number == 0) return sign;
  if (std::isinf(number)) return static_cast<std::uint16_t>(sign | format.infinity);
  int exponent = 0;
  const double magnitude = std::abs(number);
  std::frexp(magnitude, &exponent);  // magnitude < 2^exponent
  const int unit = std::max(exponent - format.mantissa_bits - 1, format.lowest);
  const auto mantissa = static_cast<std::int64_t>(std::nearbyint(std::ldexp(magnitude, -unit)));
  // A mantissa that rounds up to a power of two carries into the exponent by itself.
  const std::int64_t bits = mantissa + ((std::int64_t{unit} - format.lowest) << format.mantissa_bits);
  return static_cast<std::uint16_t>(sign | std::min<std::int64_t>(bits, format.infinity));
}

float from_half(DataType type, std::uint16_t bits) {
  return type == DataType::float16 ? from_float16(bits) : std::bit_cast<float>(std::uint32_t{bits} << 16U);
}

}  // namespace cleave
