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
  __m512 gain, lowest, highest;
};
#define CLEAVE_LANES_INLINE __attribute__((target("avx512f"), always_inline)) inline

CLEAVE_LANES_INLINE ConverterLanes lanes_of(const Converter& converter) {
  const __m512 rounder = _mm512_set1_ps(kRounder), limit = _mm512_set1_ps(converter.limit);
  return {.gain = _mm512_set1_ps(converter.gain),
          .lowest = _mm512_sub_ps(rounder, limit),
          .highest = _mm512_add_ps(rounder, limit)};
}

/// Codes with kExcess each.
CLEAVE_LANES_INLINE __m512i codes_of(__m512i sums, const ConverterLanes& converter) {
  const __m512 code = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), converter.gain, _mm512_set1_ps(kRounder));
  return _mm512_castps_si512(_mm512_min_ps(_mm512_max_ps(code, converter.lowest), converter.highest));
}
#undef CLEAVE_LANES_INLINE

}  // namespace cleave::cim
