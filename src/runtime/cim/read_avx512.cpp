// The loops for AVX512-VNNI. They keep the partial sums of up to 12 vectors and 32 columns in registers, 24 of the 32,
// and converts them there when a row block ends: cells are loaded once for 12 vectors, and what is written is codes.
// The idea of accumulating a tile of the result in registers over packed panels is that of Goto and van de Geijn
// (Anatomy of high-performance matrix multiplication, ACM TOMS 2008).
#include "runtime/cim/read_kernel.hpp"

#if defined(__x86_64__) && defined(__GNUC__)

#include "runtime/cim/converter_lanes.hpp"
#include "runtime/cim/reading_parts.hpp"

#include <immintrin.h>

#include <array>
#include <cstring>
#include <utility>

#define CLEAVE_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define CLEAVE_VNNI_INLINE \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"), always_inline)) inline

namespace cleave::cim {
namespace {

/// Vectors whose partial sums fit into the registers.
constexpr int kVectorsInRegisters = 12;

/// Adds to `sums` in place. Written out: of the intrinsic g++ 12 makes copies of all accumulators in every round.
template <bool kWide>
CLEAVE_VNNI_INLINE void add_products(__m512i& sums, __m512i inputs, __m512i cells) {
  if constexpr (kWide)
    asm("vpdpwssd %2, %1, %0" : "+v"(sums) : "v"(inputs), "v"(cells));
  else
    asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(inputs), "v"(cells));
}

CLEAVE_VNNI_INLINE __m512i input_unit(const std::byte* at) {
  std::int32_t unit = 0;
  std::memcpy(&unit, at, sizeof(unit));
  return _mm512_set1_epi32(unit);
}

/// What all codes of a step are more than they should be; that it wraps around does not matter.
template <bool kExact>
CLEAVE_VNNI_INLINE __m512i excess(const Reading& reading) {
  const auto blocks = kExact ? 0 : static_cast<std::uint32_t>(reading.block_ends.size());
  return _mm512_set1_epi32(static_cast<std::int32_t>(blocks * kExcess));
}

CLEAVE_VNNI_INLINE __mmask16 columns_from(int column, int columns) {
  return static_cast<__mmask16>(columns - column >= 16 ? 0xFFFF : (1 << (columns - column)) - 1);
}

struct InputLanes {
  __m512 gain, zero, most;
};
CLEAVE_VNNI_INLINE InputLanes lanes_of(const InputScale& scale) {
  return {_mm512_set1_ps(scale.gain), _mm512_set1_ps(scale.zero), _mm512_set1_ps(scale.most)};
}
CLEAVE_VNNI_INLINE __m128i inputs_of(__m512 numbers, const InputLanes& scale) {
  const __m512 scaled = _mm512_add_ps(_mm512_mul_ps(numbers, scale.gain), scale.zero);
  const __m512 limited = _mm512_min_ps(_mm512_max_ps(scaled, _mm512_setzero_ps()), scale.most);
  return _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(limited));
}

/// What 16 columns of a row have in common with other rows.
struct ColumnEnding {
  __m512 scale, offset, low, high, first_step;
  InputLanes input_scale;
  __mmask16 mask;
  int column;
};
CLEAVE_VNNI_INLINE ColumnEnding ending_of(const Finishing& finishing, int column) {
  const __mmask16 mask = columns_from(column, finishing.columns);
  return {.scale = _mm512_maskz_loadu_ps(mask, finishing.scale + column),
          .offset = _mm512_maskz_loadu_ps(mask, finishing.offset + column),
          .low = _mm512_set1_ps(finishing.low),
          .high = _mm512_set1_ps(finishing.high),
          .first_step = _mm512_set1_ps(finishing.slice_steps[0]),
          .input_scale = lanes_of(finishing.input_scale),
          .mask = mask,
          .column = column};
}

/// Of `number`, the sum over slices.
template <bool kAdds>
CLEAVE_VNNI_INLINE void put(const Finishing& finishing, const ColumnEnding& ending, int row, __m512 number) {
  const std::ptrdiff_t at = row * finishing.row_stride + ending.column;
  number = _mm512_add_ps(_mm512_mul_ps(number, ending.scale), ending.offset);
  if constexpr (kAdds) number = _mm512_add_ps(number, _mm512_maskz_loadu_ps(ending.mask, finishing.residual + at));
  number = _mm512_min_ps(ending.high, _mm512_max_ps(ending.low, number));
  if (finishing.result) _mm512_mask_storeu_ps(finishing.result + at, ending.mask, number);
  if (finishing.inputs) _mm_mask_storeu_epi8(finishing.inputs + at, ending.mask, inputs_of(number, ending.input_scale));
}

/// Sums of a last block that are finished where they are.
template <int kVectors, int kColumns, bool kAdds>
CLEAVE_VNNI_INLINE void put_all(const Finishing& finishing, const __m512i (&sums)[kVectors][kColumns]) {
#pragma GCC unroll 2
  for (int c = 0; c < kColumns; ++c) {
    const ColumnEnding ending = ending_of(finishing, c * 16);
#pragma GCC unroll 12
    for (int v = 0; v < kVectors; ++v)
      put<kAdds>(finishing, ending, v, _mm512_mul_ps(_mm512_cvtepi32_ps(sums[v][c]), ending.first_step));
  }
}

/// One step of the inputs over all blocks. `keep`: which lanes of the sums are there already, less the excess. With
/// `finishing` the sums end as its results.
template <int kVectors, int kColumns, bool kWide, bool kExact>
CLEAVE_VNNI void read_step(const Reading& reading, const std::byte* inputs, __mmask16 keep,
                           const Finishing* finishing) {
  const std::byte* cells = reading.cells;
  const __m512i none = _mm512_sub_epi32(_mm512_setzero_si512(), excess<kExact>(reading));
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
        const __m512i code = kExact ? sums[v][c] : codes_of(sums[v][c], lanes_of(reading.converter));
        const std::int32_t* total = reading.sums + v * kStrip + c * 16;
        sums[v][c] = _mm512_add_epi32(_mm512_mask_loadu_epi32(none, keep, total), code);
      }
    if (finishing && end == reading.block_ends.back()) {
      if (finishing->residual)
        put_all<kVectors, kColumns, true>(*finishing, sums);
      else
        put_all<kVectors, kColumns, false>(*finishing, sums);
      return;
    }
#pragma GCC unroll 12
    for (int v = 0; v < kVectors; ++v)
#pragma GCC unroll 2
      for (int c = 0; c < kColumns; ++c) _mm512_storeu_si512(reading.sums + v * kStrip + c * 16, sums[v][c]);
    keep = 0xFFFF;
  }
}

/// All steps, for kVectors vectors.
template <int kVectors, int kColumns, bool kWide, bool kExact>
CLEAVE_VNNI void read_vectors(const Reading& reading, const Finishing* finishing) {
  for (int step = reading.steps; step-- > 0;) {
    if (step + 1 < reading.steps)
      for (int v = 0; v < kVectors * kStrip; v += 16) {
        const __m512i total =
            _mm512_sll_epi32(_mm512_loadu_si512(reading.sums + v), _mm_cvtsi32_si128(reading.dac_bits));
        _mm512_storeu_si512(reading.sums + v, _mm512_sub_epi32(total, excess<kExact>(reading)));
      }
    read_step<kVectors, kColumns, kWide, kExact>(reading, reading.inputs + step * reading.step_bytes,
                                                 step + 1 < reading.steps ? 0xFFFF : 0,
                                                 step == 0 ? finishing : nullptr);
  }
}

template <int kColumns, bool kWide, bool kExact, std::size_t... kVectors>
constexpr std::array<void (*)(const Reading&, const Finishing*), kVectorsInRegisters> by_vectors(
    std::index_sequence<kVectors...>) {
  return {read_vectors<static_cast<int>(kVectors) + 1, kColumns, kWide, kExact>...};
}

template <int kColumns, bool kWide, bool kExact>
void read_some(const Reading& reading, const Finishing* finishing) {
  constexpr auto reads = by_vectors<kColumns, kWide, kExact>(std::make_index_sequence<kVectorsInRegisters>());
  reads[static_cast<std::size_t>(reading.vectors - 1)](reading, finishing);
}

template <int kColumns>
void read_columns(const Reading& reading, const Finishing* finishing) {
  const bool exact = reading.converter.exact;
  if (reading.wide)
    exact ? read_some<kColumns, true, true>(reading, finishing) : read_some<kColumns, true, false>(reading, finishing);
  else
    exact ? read_some<kColumns, false, true>(reading, finishing)
          : read_some<kColumns, false, false>(reading, finishing);
}

void read_all(const Reading& reading, const Finishing* finishing) {
  reading.half_strip ? read_columns<1>(reading, finishing) : read_columns<2>(reading, finishing);
}

void read(const Reading& reading) {
  for_each_part(reading, kVectorsInRegisters, [](const Reading& some, int) { read_all(some, nullptr); });
}

void read_finished(std::span<const ReadingToEnd> readings) {
  for (const ReadingToEnd& each : readings)
    for_each_part(each.reading, kVectorsInRegisters, [&](const Reading& some, int first) {
      const Finishing rows = rows_of(each.finishing, first, some.vectors);
      read_all(some, &rows);
    });
}

/// Up to 16 columns. By value: the compiler takes results for something that could overwrite what others see.
template <bool kAdds>
CLEAVE_VNNI void finish_columns(const Finishing finishing, int column) {
  const ColumnEnding ending = ending_of(finishing, column);
  for (int row = 0; row < finishing.vectors; ++row) {
    const std::int32_t* sums = finishing.sums + row * kStrip + column;
    __m512 number = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_loadu_si512(sums)), ending.first_step);
    for (std::size_t slice = 1; slice < finishing.slice_steps.size(); ++slice) {
      sums += kMostVectors * kStrip;
      const __m512 part = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums));
      number = _mm512_add_ps(number, _mm512_mul_ps(part, _mm512_set1_ps(finishing.slice_steps[slice])));
    }
    put<kAdds>(finishing, ending, row, number);
  }
}

void finish(const Finishing& finishing) {
  for (int column = 0; column < finishing.columns; column += 16)
    finishing.residual ? finish_columns<true>(finishing, column) : finish_columns<false>(finishing, column);
}

CLEAVE_VNNI void quantize(std::span<const float> from, const InputScale& scale, std::uint8_t* to) {
  const InputLanes lanes = lanes_of(scale);
  for (std::size_t i = 0; i < from.size(); i += 16) {
    const std::size_t left = from.size() - i;
    const auto mask = static_cast<__mmask16>(left >= 16 ? 0xFFFF : (1 << left) - 1);
    _mm_mask_storeu_epi8(to + i, mask, inputs_of(_mm512_maskz_loadu_ps(mask, from.data() + i), lanes));
  }
}

/// Whole vectors: what is too much is overwritten by the next piece. Half ones, of which fewer straddle cache lines, do
/// for the few channels of a picture.
CLEAVE_VNNI void gather(const Gathering& gathering) {
  std::uint8_t* to = gathering.to;
  if (gathering.length <= 32) {
    for (const std::int64_t piece : gathering.pieces) {
      const auto* from = reinterpret_cast<const __m256i*>(gathering.from + piece);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_loadu_si256(from));
      to += gathering.length;
    }
    return;
  }
  for (const std::int64_t piece : gathering.pieces) {
    const std::uint8_t* from = gathering.from + piece;
    for (std::int64_t i = 0; i < gathering.length; i += 64) _mm512_storeu_si512(to + i, _mm512_loadu_si512(from + i));
    to += gathering.length;
  }
}

}  // namespace

ReadKernels avx512_kernels() { return {kVectorsInRegisters, read, finish, read_finished, quantize, gather}; }

bool has_avx512_vnni() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}

}  // namespace cleave::cim

#else

namespace cleave::cim {

ReadKernels avx512_kernels() { return portable_kernels(); }
bool has_avx512_vnni() { return false; }

}  // namespace cleave::cim

#endif
