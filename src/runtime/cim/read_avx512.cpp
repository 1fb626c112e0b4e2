// The loops for AVX512-VNNI. A call keeps the partial sums of up to 12 vectors and 32 columns in registers, 24 of the
// 32, and converts them there when a row block ends: cells are loaded once for 12 vectors, and what is written is
// codes. The idea of accumulating a tile of the result in registers over packed panels is that of Goto and van de Geijn
// (Anatomy of high-performance matrix multiplication, ACM TOMS 2008).
#include "runtime/cim/read_kernel.hpp"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include <cstring>

#define CLEAVE_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define CLEAVE_VNNI_INLINE __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"), always_inline)) inline

namespace cleave::cim {
namespace {

/// Adding it to a float below 2^22 leaves the nearest whole number, halves to even, in the low bits.
constexpr float kRounder = 0x1.8p23F;

/// Adds to `sums` in place. Written out: of the intrinsic g++ 12 makes copies of all accumulators in every round.
template <bool kWide>
CLEAVE_VNNI_INLINE void add_products(__m512i& sums, __m512i inputs, __m512i cells) {
  if constexpr (kWide)
    asm("vpdpwssd %2, %1, %0" : "+v"(sums) : "v"(inputs), "v"(cells));
  else
    asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(inputs), "v"(cells));
}

CLEAVE_VNNI_INLINE __m512i code_of(__m512i sums, const Converter& converter) {
  const __m512 rounder = _mm512_set1_ps(kRounder), limit = _mm512_set1_ps(converter.limit);
  __m512 code = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), _mm512_set1_ps(converter.gain), rounder);
  code = _mm512_min_ps(_mm512_max_ps(code, _mm512_sub_ps(rounder, limit)), _mm512_add_ps(rounder, limit));
  return _mm512_sub_epi32(_mm512_castps_si512(code), _mm512_castps_si512(rounder));
}

CLEAVE_VNNI_INLINE __m512i input_unit(const std::byte* at) {
  std::int32_t unit = 0;
  std::memcpy(&unit, at, sizeof(unit));
  return _mm512_set1_epi32(unit);
}

/// One step of the inputs over all blocks. `keep`: which lanes of the sums are there already.
template <int kVectors, int kColumns, bool kWide, bool kExact>
CLEAVE_VNNI void read_step(const Reading& reading, const std::byte* inputs, __mmask16 keep) {
  const std::byte* cells = reading.cells;
  std::int32_t unit = 0;
  for (const std::int32_t end : reading.block_ends) {
    __m512i sums[kVectors][kColumns];
#pragma GCC unroll 12
    for (int v = 0; v < kVectors; ++v)
#pragma GCC unroll 2
      for (int c = 0; c < kColumns; ++c) sums[v][c] = _mm512_setzero_si512();
    for (; unit < end; ++unit, cells += kStrip * 4) {
      __m512i strip[kColumns];
#pragma GCC unroll 2
      for (int c = 0; c < kColumns; ++c) strip[c] = _mm512_load_si512(cells + c * 64);
#pragma GCC unroll 12
      for (int v = 0; v < kVectors; ++v) {
        const __m512i input = input_unit(inputs + v * reading.vector_bytes + std::ptrdiff_t{unit} * 4);
#pragma GCC unroll 2
        for (int c = 0; c < kColumns; ++c) add_products<kWide>(sums[v][c], input, strip[c]);
      }
    }
#pragma GCC unroll 12
    for (int v = 0; v < kVectors; ++v)
#pragma GCC unroll 2
      for (int c = 0; c < kColumns; ++c) {
        std::int32_t* total = reading.sums + v * kStrip + c * 16;
        const __m512i code = kExact ? sums[v][c] : code_of(sums[v][c], reading.converter);
        _mm512_storeu_si512(total, _mm512_add_epi32(_mm512_maskz_loadu_epi32(keep, total), code));
      }
    keep = 0xFFFF;
  }
}

/// All steps, for kVectors vectors.
template <int kVectors, int kColumns, bool kWide, bool kExact>
CLEAVE_VNNI void read_vectors(const Reading& reading) {
  for (int step = reading.steps; step-- > 0;) {
    if (step + 1 < reading.steps)
      for (int v = 0; v < kVectors * kStrip; v += 16) {
        const __m512i total = _mm512_loadu_si512(reading.sums + v);
        _mm512_storeu_si512(reading.sums + v, _mm512_sll_epi32(total, _mm_cvtsi32_si128(reading.dac_bits)));
      }
    read_step<kVectors, kColumns, kWide, kExact>(reading, reading.inputs + step * reading.step_bytes,
                                                 step + 1 < reading.steps ? 0xFFFF : 0);
  }
}

template <int kColumns, bool kWide, bool kExact>
void read_some(Reading reading) {
  const auto take = [&](int count, void (*read)(const Reading&)) {
    while (reading.vectors >= count) {
      read(reading);
      reading.vectors -= count;
      reading.inputs += count * reading.vector_bytes;
      reading.sums += count * kStrip;
    }
  };
  take(12, read_vectors<12, kColumns, kWide, kExact>);
  take(4, read_vectors<4, kColumns, kWide, kExact>);
  take(1, read_vectors<1, kColumns, kWide, kExact>);
}

template <int kColumns>
void read_columns(const Reading& reading) {
  if (reading.wide)
    reading.converter.exact ? read_some<kColumns, true, true>(reading) : read_some<kColumns, true, false>(reading);
  else
    reading.converter.exact ? read_some<kColumns, false, true>(reading) : read_some<kColumns, false, false>(reading);
}

void read(const Reading& reading) { reading.half_strip ? read_columns<1>(reading) : read_columns<2>(reading); }

/// Up to 16 columns.
template <bool kAdds>
CLEAVE_VNNI void finish_columns(const Finishing& finishing, int column, __mmask16 mask) {
  const __m512 low = _mm512_set1_ps(finishing.low), high = _mm512_set1_ps(finishing.high);
  const __m512 scale = _mm512_maskz_loadu_ps(mask, finishing.scale + column);
  const __m512 offset = _mm512_maskz_loadu_ps(mask, finishing.offset + column);
  const __m512 first_step = _mm512_set1_ps(finishing.slice_steps[0]);
  for (int row = 0; row < finishing.vectors; ++row) {
    const std::int32_t* sums = finishing.sums + row * kStrip + column;
    __m512 number = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_loadu_si512(sums)), first_step);
    for (std::size_t slice = 1; slice < finishing.slice_steps.size(); ++slice) {
      sums += kMostVectors * kStrip;
      const __m512 part = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums));
      number = _mm512_add_ps(number, _mm512_mul_ps(part, _mm512_set1_ps(finishing.slice_steps[slice])));
    }
    number = _mm512_add_ps(_mm512_mul_ps(number, scale), offset);
    const std::ptrdiff_t at = row * finishing.row_stride + column;
    if constexpr (kAdds) number = _mm512_add_ps(number, _mm512_maskz_loadu_ps(mask, finishing.residual + at));
    _mm512_mask_storeu_ps(finishing.result + at, mask, _mm512_min_ps(high, _mm512_max_ps(low, number)));
  }
}

void finish(const Finishing& finishing) {
  for (int column = 0; column < finishing.columns; column += 16) {
    const int left = finishing.columns - column;
    const auto mask = static_cast<__mmask16>(left >= 16 ? 0xFFFF : (1 << left) - 1);
    finishing.residual ? finish_columns<true>(finishing, column, mask) : finish_columns<false>(finishing, column, mask);
  }
}

CLEAVE_VNNI void quantize(std::span<const float> from, const InputScale& scale, std::uint8_t* to) {
  const __m512 gain = _mm512_set1_ps(scale.gain), zero = _mm512_set1_ps(scale.zero);
  const __m512 most = _mm512_set1_ps(scale.most);
  for (std::size_t i = 0; i < from.size(); i += 16) {
    const std::size_t left = from.size() - i;
    const auto mask = static_cast<__mmask16>(left >= 16 ? 0xFFFF : (1 << left) - 1);
    const __m512 scaled = _mm512_add_ps(_mm512_mul_ps(_mm512_maskz_loadu_ps(mask, from.data() + i), gain), zero);
    const __m512 number = _mm512_min_ps(_mm512_max_ps(scaled, _mm512_setzero_ps()), most);
    _mm_mask_storeu_epi8(to + i, mask, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(number)));
  }
}

/// Whole vectors: what is too much is overwritten by the next piece.
CLEAVE_VNNI void gather(const Gathering& gathering) {
  std::uint8_t* to = gathering.to;
  for (const std::int64_t piece : gathering.pieces) {
    const std::uint8_t* from = gathering.from + piece;
    for (std::int64_t i = 0; i < gathering.length; i += 64) _mm512_storeu_si512(to + i, _mm512_loadu_si512(from + i));
    to += gathering.length;
  }
}

}  // namespace

ReadKernels avx512_kernels() { return {read, finish, quantize, gather}; }

bool has_avx512_vnni() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}

}  // namespace cleave::cim

#else

namespace cleave::cim {

ReadKernels avx512_kernels() { return portable_kernels(); }
bool has_avx512_vnni() { return false; }

}  // namespace cleave::cim

#endif
