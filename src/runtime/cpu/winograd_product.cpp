// Products of matrices for AVX-512: up to 14 rows by 32 columns of the result stay in registers, 28 of the 32, while
// the rows of a packed panel go by (Goto and van de Geijn, Anatomy of high-performance matrix multiplication, ACM TOMS
// 2008). Every element is summed in the order of the input channels, so that it does not depend on what is computed
// with it.
#include "runtime/cpu/winograd_kernels.hpp"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <utility>

#define CLEAVE_AVX512 __attribute__((target("avx512f")))

namespace cleave::cpu::winograd {
namespace {

constexpr std::int64_t kMostRows = 14;

struct Block {
  const float* inputs;
  const float* panel;
  const float* next;  ///< the panel after it, which is fetched meanwhile
  float* result;
  std::int64_t in, input_stride, result_stride;
};

template <int kRows, int kColumns>
CLEAVE_AVX512 void multiply_block(const Block& block) {
  __m512 sums[kRows][kColumns];
#pragma GCC unroll 14
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int c = 0; c < kColumns; ++c) sums[r][c] = _mm512_setzero_ps();
  const float *inputs = block.inputs, *panel = block.panel, *next = block.next;
  const std::int64_t stride = block.input_stride;
  for (std::int64_t k = 0; k < block.in; ++k, ++inputs, panel += kColumns * kLanes, next += kColumns * kLanes) {
#pragma GCC unroll 2
    for (int c = 0; c < kColumns; ++c) __builtin_prefetch(next + c * kLanes, 0, 2);
    __m512 weights[kColumns];
#pragma GCC unroll 2
    for (int c = 0; c < kColumns; ++c) weights[c] = _mm512_loadu_ps(panel + c * kLanes);
#pragma GCC unroll 14
    for (int r = 0; r < kRows; ++r) {
      const __m512 input = _mm512_set1_ps(inputs[r * stride]);
#pragma GCC unroll 2
      for (int c = 0; c < kColumns; ++c) sums[r][c] = _mm512_fmadd_ps(input, weights[c], sums[r][c]);
    }
  }
#pragma GCC unroll 14
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int c = 0; c < kColumns; ++c)
      _mm512_storeu_ps(block.result + r * block.result_stride + c * kLanes, sums[r][c]);
}

using Multiply = void (*)(const Block&);
template <int kColumns, std::size_t... kRows>
constexpr std::array<Multiply, sizeof...(kRows)> by_rows(std::index_sequence<kRows...>) {
  return {multiply_block<static_cast<int>(kRows) + 1, kColumns>...};
}
constexpr auto kWide = by_rows<2>(std::make_index_sequence<kMostRows>());
constexpr auto kNarrow = by_rows<1>(std::make_index_sequence<kMostRows>());

}  // namespace

void multiply(const Product& product) {
  const std::int64_t input_stride = tile_stride(product.in), result_stride = tile_stride(product.out);
  const std::int64_t blocks = (product.tiles + kMostRows - 1) / kMostRows;
  for (std::int64_t column = 0; column < product.out; column += kPanel) {
    const auto& kernels = product.out - column >= kPanel ? kWide : kNarrow;
    const float* panel = product.weights + column * product.in;
    const std::int64_t width = std::min(kPanel, product.out - column);
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t first = block * product.tiles / blocks, end = (block + 1) * product.tiles / blocks;
      kernels[static_cast<std::size_t>(end - first - 1)]({.inputs = product.inputs + first * input_stride,
                                                          .panel = panel,
                                                          .next = block == 0 ? panel + width * product.in : panel,
                                                          .result = product.result + first * result_stride + column,
                                                          .in = product.in,
                                                          .input_stride = input_stride,
                                                          .result_stride = result_stride});
    }
  }
}

}  // namespace cleave::cpu::winograd

#else

namespace cleave::cpu::winograd {

void multiply(const Product&) {}

}  // namespace cleave::cpu::winograd

#endif
