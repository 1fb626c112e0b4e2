#include "runtime/cpu/coding_kernels.hpp"

#if defined(__x86_64__) && defined(__GNUC__)

#include "runtime/cpu/bf16_lanes.hpp"

#define CLEAVE_AVX512 __attribute__((target("avx512f")))

namespace cleave::cpu {
namespace {

constexpr std::size_t kLanes = 16;

CLEAVE_AVX512 void encode_bf16(const float* in, std::size_t count, std::byte* out) {
  for (std::size_t i = 0; i < count; i += kLanes)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 2 * i), to_bf16(_mm512_loadu_ps(in + i)));
}

CLEAVE_AVX512 void decode_bf16(const std::byte* in, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; i += kLanes)
    _mm512_storeu_ps(out + i, from_bf16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + 2 * i))));
}

CLEAVE_AVX512 void encode_integers(const float* in, std::size_t count, const Code& code, std::byte* out) {
  const __m512 low = _mm512_set1_ps(static_cast<float>(-code.zero));
  const __m512 high = _mm512_set1_ps(static_cast<float>(255 - code.zero));
  const __m512 factor = _mm512_set1_ps(1 / code.scale);
  const __m512i zero = _mm512_set1_epi32(code.zero);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const __m512 scaled = _mm512_mul_ps(_mm512_loadu_ps(in + i), factor);
    const __m512 known = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(scaled, scaled, _CMP_ORD_Q), scaled);
    const __m512i whole = _mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(known, low), high));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), _mm512_cvtepi32_epi8(_mm512_add_epi32(whole, zero)));
  }
}

CLEAVE_AVX512 void decode_integers(const std::byte* in, std::size_t count, const Code& code, float* out) {
  const __m512 scale = _mm512_set1_ps(code.scale);
  const __m512i zero = _mm512_set1_epi32(code.zero);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const __m512i whole = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i)));
    _mm512_storeu_ps(out + i, _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(whole, zero)), scale));
  }
}

std::size_t in_vectors(std::size_t count) { return __builtin_cpu_supports("avx512f") ? count / kLanes * kLanes : 0; }

}  // namespace

std::size_t encode_vectors(std::span<const float> elements, const Code& code, std::byte* coded) {
  const std::size_t count = in_vectors(elements.size());
  if (code.element == Element::bf16)
    encode_bf16(elements.data(), count, coded);
  else
    encode_integers(elements.data(), count, code, coded);
  return count;
}

std::size_t decode_vectors(const std::byte* coded, const Code& code, std::span<float> elements) {
  const std::size_t count = in_vectors(elements.size());
  if (code.element == Element::bf16)
    decode_bf16(coded, count, elements.data());
  else
    decode_integers(coded, count, code, elements.data());
  return count;
}

}  // namespace cleave::cpu

#else

namespace cleave::cpu {

std::size_t encode_vectors(std::span<const float>, const Code&, std::byte*) { return 0; }
std::size_t decode_vectors(const std::byte*, const Code&, std::span<float>) { return 0; }

}  // namespace cleave::cpu

#endif
