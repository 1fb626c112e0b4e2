// Up to 14 rows by 32 columns of the result stay in registers, 28 of the 32, while the rows of a packed panel go by
// (Goto and van de Geijn, Anatomy of high-performance matrix multiplication, ACM TOMS 2008).
#include "runtime/cpu/panel_product.hpp"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <utility>

#define CLEAVE_AVX512 __attribute__((target("avx512f")))

namespace cleave::cpu::panels {
namespace {

constexpr int kReach = 5;
constexpr __mmask16 kAll = 0xFFFF;

struct Block {
  const float* inputs;
  const float* panel;
  const float* next;       ///< what is fetched meanwhile: this block's share of the panel after it
  std::int64_t next_step;  ///< of it for each input, floats
  float* result;
  std::int64_t runs, run, run_stride;  ///< of a row's inputs
  std::int64_t input_stride, result_stride;
  const Finish* finish;
  const float* bias;  ///< of the panel's columns
  __mmask16 last;     ///< columns of the panel's last lanes
};

template <int kRows, int kColumns>
CLEAVE_AVX512 void multiply_block(const Block& block) {
  __m512 sums[kRows][kColumns];
#pragma GCC unroll 14
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int c = 0; c < kColumns; ++c) sums[r][c] = _mm512_setzero_ps();
      // Where the result is in no cache, it is fetched before it is needed, and owned before it is written.
#pragma GCC unroll 14
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int c = 0; c < kColumns; ++c) __builtin_prefetch(block.result + r * block.result_stride + c * kLanes, 1, 3);
  const float *panel = block.panel, *next = block.next;
  const std::int64_t stride = block.input_stride, next_step = block.next_step;
  // An address reaches five rows: with one for each of the 14 there were too few registers. The compiler must not see
  // that all come from one.
  const float *top = block.inputs, *middle = top + kReach * stride, *bottom = middle + kReach * stride;
  asm("" : "+r"(middle), "+r"(bottom));
  const std::int64_t gap = block.run_stride - block.run;
  for (std::int64_t run = 0; run < block.runs; ++run, top += gap, middle += gap, bottom += gap)
    for (std::int64_t k = 0; k < block.run;
         ++k, ++top, ++middle, ++bottom, panel += kColumns * kLanes, next += next_step) {
      __builtin_prefetch(next, 0, 2);
      __builtin_prefetch(next + next_step / 2, 0, 2);
      __m512 weights[kColumns];
#pragma GCC unroll 2
      for (int c = 0; c < kColumns; ++c) weights[c] = _mm512_loadu_ps(panel + c * kLanes);
#pragma GCC unroll 14
      for (int r = 0; r < kRows; ++r) {
        const float* from = r < kReach ? top : r < 2 * kReach ? middle : bottom;
        const __m512 input = _mm512_set1_ps(from[r % kReach * stride]);
#pragma GCC unroll 2
        for (int c = 0; c < kColumns; ++c) sums[r][c] = _mm512_fmadd_ps(input, weights[c], sums[r][c]);
      }
    }
  if (const Finish* finish = block.finish) {
    const __m512 low = _mm512_set1_ps(finish->low), high = _mm512_set1_ps(finish->high);
    const __m512 held = _mm512_set1_ps(finish->held);
#pragma GCC unroll 2
    for (int c = 0; c < kColumns; ++c) {
      const __mmask16 mask = c + 1 < kColumns ? kAll : block.last;
      const __m512 bias = block.bias ? _mm512_maskz_loadu_ps(mask, block.bias + c * kLanes) : _mm512_setzero_ps();
#pragma GCC unroll 14
      for (int r = 0; r < kRows; ++r) {
        __m512 sum = _mm512_add_ps(sums[r][c], bias);
        if (finish->held != 0)
          sum = _mm512_fmadd_ps(held, _mm512_maskz_loadu_ps(mask, block.result + r * block.result_stride + c * kLanes),
                                sum);
        // In this order numbers that are none stay none.
        sums[r][c] = _mm512_min_ps(high, _mm512_max_ps(low, sum));
      }
    }
  }
#pragma GCC unroll 14
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int c = 0; c < kColumns; ++c)
      _mm512_mask_storeu_ps(block.result + r * block.result_stride + c * kLanes, c + 1 < kColumns ? kAll : block.last,
                            sums[r][c]);
}

using Multiply = void (*)(const Block&);
template <int kColumns, std::size_t... kRows>
constexpr std::array<Multiply, sizeof...(kRows)> by_rows(std::index_sequence<kRows...>) {
  return {multiply_block<static_cast<int>(kRows) + 1, kColumns>...};
}
constexpr auto kWide = by_rows<2>(std::make_index_sequence<kMostRows>());
constexpr auto kNarrow = by_rows<1>(std::make_index_sequence<kMostRows>());

}  // namespace

bool has_avx512() { return __builtin_cpu_supports("avx512f"); }

void multiply(const Product& product) {
  const std::int64_t blocks = (product.rows + kMostRows - 1) / kMostRows;
  const std::int64_t run = product.run > 0 ? product.run : product.in;
  const Finish* finish = product.finish;
  for (std::int64_t column = 0; column < product.out; column += kPanel) {
    const std::int64_t left = product.out - column, width = std::min(kPanel, packed_columns(left));
    const auto& kernels = width == kPanel ? kWide : kNarrow;
    const auto last = static_cast<__mmask16>(left >= width ? kAll : kAll >> (width - left));
    const float* panel = product.weights + column * product.in;
    const std::int64_t share = (width + blocks - 1) / blocks;  // each block fetches some of the next panel
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t first = block * product.rows / blocks, end = (block + 1) * product.rows / blocks;
      kernels[static_cast<std::size_t>(end - first - 1)](
          {.inputs = product.inputs + first * product.input_stride,
           .panel = panel,
           .next = panel + (width + block * share) * product.in,
           .next_step = share,
           .result = product.result + first * product.result_stride + column,
           .runs = product.in / run,
           .run = run,
           .run_stride = product.run_stride,
           .input_stride = product.input_stride,
           .result_stride = product.result_stride,
           .finish = finish,
           .bias = finish && finish->bias ? finish->bias + column : nullptr,
           .last = last});
    }
  }
}

}  // namespace cleave::cpu::panels

#else

namespace cleave::cpu::panels {

bool has_avx512() { return false; }
void multiply(const Product&) {}

}  // namespace cleave::cpu::panels

#endif
