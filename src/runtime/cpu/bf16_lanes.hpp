#pragma once
/// 16 numbers between float and bf16, for AVX-512. Included by files that are compiled for it only.

#include <immintrin.h>

#define CLEAVE_AVX512_INLINE __attribute__((target("avx512f"), always_inline)) inline

namespace cleave::cpu {

CLEAVE_AVX512_INLINE __m512 from_bf16(__m256i numbers) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(numbers), 16));
}

/// To the nearest, ties to even, as encode() of coding.hpp rounds: denormal numbers stay, unlike by AVX512-BF16.
CLEAVE_AVX512_INLINE __m256i to_bf16(__m512 numbers) {
  const __m512i bits = _mm512_castps_si512(numbers);
  const __m512i odd = _mm512_and_epi32(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7FFF)), odd);
  const __mmask16 is_nan = _mm512_cmp_ps_mask(numbers, numbers, _CMP_UNORD_Q);
  const __m512i known = _mm512_mask_or_epi32(rounded, is_nan, bits, _mm512_set1_epi32(0x400000));
  return _mm512_cvtepi32_epi16(_mm512_srli_epi32(known, 16));
}

}  // namespace cleave::cpu
