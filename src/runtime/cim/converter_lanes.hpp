#pragma once
/// Sixteen converters at once, for AVX-512.

#include "runtime/cim/read_kernel.hpp"

#include <immintrin.h>

#include <bit>

namespace cleave::cim {

/// Adding it to a float below 2^22 leaves the nearest whole number, halves to even, in the low bits.
constexpr float kRounder = 0x1.8p23F;
/// Its bits: what the whole number is more than it should be.
constexpr std::uint32_t kExcess = std::bit_cast<std::uint32_t>(kRounder);

/// A converter in every lane.
struct ConverterLanes {
  __m512 gain, most;
};
#define CLEAVE_LANES_INLINE __attribute__((target("avx512f,avx512dq"), always_inline)) inline

CLEAVE_LANES_INLINE ConverterLanes lanes_of(const Converter& converter) {
  return {.gain = _mm512_set1_ps(converter.gain), .most = _mm512_set1_ps(converter.limit / converter.gain)};
}

/// Codes with kExcess each. Sums are limited first, by one instruction for both ends: what is beyond becomes a sum
/// whose code is the limit, as codes are far below 2^22 and the quotient of limit and gain is exact to 2^-24.
CLEAVE_LANES_INLINE __m512i codes_of(__m512i sums, const ConverterLanes& converter) {
  constexpr int least_magnitude_with_first_sign = 0b0010;
  const __m512 limited = _mm512_range_ps(_mm512_cvtepi32_ps(sums), converter.most, least_magnitude_with_first_sign);
  return _mm512_castps_si512(_mm512_fmadd_ps(limited, converter.gain, _mm512_set1_ps(kRounder)));
}
#undef CLEAVE_LANES_INLINE

}  // namespace cleave::cim
