#include "runtime/cpu/coding.hpp"

#include "runtime/cpu/coding_kernels.hpp"

#include <algorithm>
#include <bit>

namespace cleave::cpu {

namespace {

std::uint16_t to_bf16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t rounded = bits + 0x7FFFU + ((bits >> 16U) & 1U);
  const bool is_nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
  return static_cast<std::uint16_t>((is_nan ? bits | 0x400000U : rounded) >> 16U);
}

float from_bf16(std::uint16_t x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16U); }

/// Numbers below 2^22 plus and minus this are rounded to whole ones, ties to even.
constexpr float kRound = 12582912.0F;

}  // namespace

void encode(std::span<const float> elements, const Code& code, std::byte* coded) {
  const std::size_t count = elements.size(), first = encode_vectors(elements, code, coded);
  const float* in = elements.data();
  if (code.element == Element::bf16) {
    auto* out = reinterpret_cast<std::uint16_t*>(coded);
    for (std::size_t i = first; i < count; ++i) out[i] = to_bf16(in[i]);
    return;
  }
  auto* out = reinterpret_cast<std::uint8_t*>(coded);
  const auto low = static_cast<float>(-code.zero), high = static_cast<float>(255 - code.zero);
  const float factor = 1 / code.scale;
  for (std::size_t i = first; i < count; ++i) {
    const float scaled = in[i] * factor;
    const float known = scaled == scaled ? scaled : 0.0F;
    const float whole = (std::min(std::max(known, low), high) + kRound) - kRound;
    out[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(whole) + code.zero);
  }
}

float rounded_to_bf16(float x) { return from_bf16(to_bf16(x)); }

void decode(const std::byte* coded, const Code& code, std::span<float> elements) {
  const std::size_t first = decode_vectors(coded, code, elements);
  float* out = elements.data();
  if (code.element == Element::bf16) {
    const auto* in = reinterpret_cast<const std::uint16_t*>(coded);
    for (std::size_t i = first; i < elements.size(); ++i) out[i] = from_bf16(in[i]);
    return;
  }
  const auto* in = reinterpret_cast<const std::uint8_t*>(coded);
  for (std::size_t i = first; i < elements.size(); ++i)
    out[i] = static_cast<float>(static_cast<std::int32_t>(in[i]) - code.zero) * code.scale;
}

}  // namespace cleave::cpu
