// The transforms of inputs and results for AVX-512, 16 channels at a time.
#include "runtime/cpu/winograd_kernels.hpp"

#if defined(__x86_64__) && defined(__GNUC__)

#include "runtime/cpu/bf16_lanes.hpp"

#define CLEAVE_AVX512 __attribute__((target("avx512f")))

namespace cleave::cpu::winograd {
namespace {

CLEAVE_AVX512_INLINE __m512 times(float factor, __m512 x) { return _mm512_mul_ps(_mm512_set1_ps(factor), x); }
/// factor * x + y.
CLEAVE_AVX512_INLINE __m512 plus(float factor, __m512 x, __m512 y) {
  return _mm512_fmadd_ps(_mm512_set1_ps(factor), x, y);
}

/// B' x.
CLEAVE_AVX512_INLINE void input_line(const __m512 (&x)[kPatch], __m512 (&y)[kPatch]) {
  const __m512 even = plus(-4, x[2], x[4]), odd = plus(-4, x[1], x[3]);
  const __m512 outer = _mm512_sub_ps(x[4], x[2]), inner = times(2, _mm512_sub_ps(x[3], x[1]));
  y[0] = plus(4, x[0], plus(-5, x[2], x[4]));
  y[1] = _mm512_add_ps(even, odd);
  y[2] = _mm512_sub_ps(even, odd);
  y[3] = _mm512_add_ps(outer, inner);
  y[4] = _mm512_sub_ps(outer, inner);
  y[5] = plus(4, x[1], plus(-5, x[3], x[5]));
}

/// A' x.
CLEAVE_AVX512_INLINE void output_line(const __m512 (&x)[kPatch], __m512 (&y)[kTile]) {
  const __m512 near = _mm512_add_ps(x[1], x[2]), near_odd = _mm512_sub_ps(x[1], x[2]);
  const __m512 far = _mm512_add_ps(x[3], x[4]), far_odd = _mm512_sub_ps(x[3], x[4]);
  y[0] = _mm512_add_ps(_mm512_add_ps(x[0], near), far);
  y[1] = plus(2, far_odd, near_odd);
  y[2] = plus(4, far, near);
  y[3] = _mm512_add_ps(plus(8, far_odd, near_odd), x[5]);
}

CLEAVE_AVX512_INLINE __m512 load(const float* from) { return _mm512_loadu_ps(from); }
CLEAVE_AVX512_INLINE __m512 load(const Bf16* from) {
  return from_bf16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}
CLEAVE_AVX512_INLINE void store(float* to, __m512 x) { _mm512_storeu_ps(to, x); }
CLEAVE_AVX512_INLINE void store(Bf16* to, __m512 x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), to_bf16(x)); }

template <class Element>
CLEAVE_AVX512_INLINE void input_tile(const Element* const pixels[kPlaces], std::int64_t channels, float* result) {
  for (std::int64_t channel = 0; channel < channels; channel += kLanes) {
    __m512 columns[kPatch][kPatch];
    for (int j = 0; j < kPatch; ++j) {
      __m512 x[kPatch], y[kPatch];
#pragma GCC unroll 6
      for (int i = 0; i < kPatch; ++i) x[i] = load(pixels[i * kPatch + j] + channel);
      input_line(x, y);
#pragma GCC unroll 6
      for (int i = 0; i < kPatch; ++i) columns[i][j] = y[i];
    }
    for (int i = 0; i < kPatch; ++i) {
      __m512 y[kPatch];
      input_line(columns[i], y);
#pragma GCC unroll 6
      for (int j = 0; j < kPatch; ++j) _mm512_storeu_ps(result + (i * kPatch + j) * channels + channel, y[j]);
    }
  }
}

template <class Element>
CLEAVE_AVX512_INLINE void output_tile(const float* products, std::int64_t channels, const Finish& finish,
                                      Element* const pixels[kTile * kTile]) {
  const __m512 low = _mm512_set1_ps(finish.low), high = _mm512_set1_ps(finish.high);
  const __m512 held = _mm512_set1_ps(finish.held);
  for (std::int64_t channel = 0; channel < channels; channel += kLanes) {
    __m512 columns[kTile][kPatch];
    for (int j = 0; j < kPatch; ++j) {
      __m512 x[kPatch], y[kTile];
#pragma GCC unroll 6
      for (int i = 0; i < kPatch; ++i) x[i] = _mm512_loadu_ps(products + (i * kPatch + j) * channels + channel);
      output_line(x, y);
#pragma GCC unroll 4
      for (int i = 0; i < kTile; ++i) columns[i][j] = y[i];
    }
    const __m512 bias = finish.bias ? _mm512_loadu_ps(finish.bias + channel) : _mm512_setzero_ps();
    for (int i = 0; i < kTile; ++i) {
      __m512 y[kTile];
      output_line(columns[i], y);
#pragma GCC unroll 4
      for (int j = 0; j < kTile; ++j) {
        Element* pixel = pixels[i * kTile + j];
        if (!pixel) continue;
        __m512 sum = _mm512_add_ps(y[j], bias);
        if (finish.held != 0) sum = _mm512_fmadd_ps(held, load(pixel + channel), sum);
        // In this order numbers that are none stay none.
        store(pixel + channel, _mm512_min_ps(high, _mm512_max_ps(low, sum)));
      }
    }
  }
}

}  // namespace

CLEAVE_AVX512 void transform_input(const float* const pixels[kPlaces], std::int64_t channels, float* result) {
  input_tile(pixels, channels, result);
}
CLEAVE_AVX512 void transform_input(const Bf16* const pixels[kPlaces], std::int64_t channels, float* result) {
  input_tile(pixels, channels, result);
}

CLEAVE_AVX512 void transform_output(const float* products, std::int64_t channels, const Finish& finish,
                                    float* const pixels[kTile * kTile]) {
  output_tile(products, channels, finish, pixels);
}
CLEAVE_AVX512 void transform_output(const float* products, std::int64_t channels, const Finish& finish,
                                    Bf16* const pixels[kTile * kTile]) {
  output_tile(products, channels, finish, pixels);
}

}  // namespace cleave::cpu::winograd

#else

namespace cleave::cpu::winograd {

void transform_input(const float* const[kPlaces], std::int64_t, float*) {}
void transform_input(const Bf16* const[kPlaces], std::int64_t, float*) {}
void transform_output(const float*, std::int64_t, const Finish&, float* const[kTile * kTile]) {}
void transform_output(const float*, std::int64_t, const Finish&, Bf16* const[kTile * kTile]) {}

}  // namespace cleave::cpu::winograd

#endif
