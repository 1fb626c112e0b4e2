// Four of the eight tiles keep 32 x 32 sums; two have the parts of 32 rows, two those of 32 columns. Weights stay fp32
// in memory, where bytes are what a product with few rows waits for: a panel is split when its turn comes.
#include "runtime/cpu/tile_product.hpp"

#include "runtime/amx.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && defined(__linux__)

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <utility>

#define CLEAVE_TILES __attribute__((target("avx512f,avx512bw,avx512vl,amx-tile,amx-bf16")))
#define CLEAVE_TILES_INLINE __attribute__((target("avx512f,avx512bw,avx512vl,amx-tile,amx-bf16"), always_inline)) inline

namespace cleave::cpu::tiles {
namespace {

using panels::Finish;

constexpr int kTileRows = 16, kTileBytes = 64;
constexpr std::int64_t kProducts = 6;                    ///< of parts
constexpr std::int64_t kTileParts = kTileRows * kDepth;  ///< of a tile, in parts
constexpr std::int64_t kRowStep = 2 * kTileParts;        ///< from one part of a block of rows to the next

/// All tiles are whole: what is missing is computed, and not stored.
constexpr amx::TileShapes kShapes = [] {
  amx::TileShapes shapes;
  for (std::size_t tile = 0; tile < 8; ++tile) {
    shapes.row_bytes[tile] = kTileBytes;
    shapes.rows[tile] = kTileRows;
  }
  return shapes;
}();

/// The intrinsics do not say what memory they read and write.
CLEAVE_TILES_INLINE void settle_memory() { asm volatile("" ::: "memory"); }

/// The upper halves of 32 numbers in two vectors: as bf16, cut off.
CLEAVE_TILES_INLINE __m512i upper_halves(__m512 first, __m512 second) {
  alignas(64) static constexpr std::array<std::uint16_t, 32> kUpper = {1,  3,  5,  7,  9,  11, 13, 15, 17, 19, 21,
                                                                       23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43,
                                                                       45, 47, 49, 51, 53, 55, 57, 59, 61, 63};
  return _mm512_permutex2var_epi16(_mm512_castps_si512(first), _mm512_load_si512(kUpper.data()),
                                   _mm512_castps_si512(second));
}

/// The number nearest to each that bf16 has; of two as near the larger.
CLEAVE_TILES_INLINE __m512 nearest(__m512 numbers) {
  const __m512i half = _mm512_set1_epi32(0x8000), upper = _mm512_set1_epi32(static_cast<int>(0xFFFF0000));
  return _mm512_castsi512_ps(_mm512_and_epi32(_mm512_add_epi32(_mm512_castps_si512(numbers), half), upper));
}

/// What is left after two parts has no more bits than bf16, so that nothing is cut off; and what is no number stays so.
CLEAVE_TILES_INLINE void split(__m512 first, __m512 second, Part* parts, std::int64_t step) {
  for (std::int64_t part = 0; part + 1 < kParts; ++part) {
    const __m512 a = nearest(first), b = nearest(second);
    _mm512_store_si512(parts + part * step, upper_halves(a, b));
    first = _mm512_sub_ps(first, a);
    second = _mm512_sub_ps(second, b);
  }
  _mm512_store_si512(parts + (kParts - 1) * step, upper_halves(first, second));
}

/// A panel that is being split, line by line, to [depth][part][tile]: a line has 32 weights.
struct Splitting {
  const float* weights = nullptr;
  Part* parts = nullptr;
  std::int64_t lines_of_depth = 1, left = 0;  ///< lines
  std::int64_t line = 0;                      ///< of its depth

  CLEAVE_TILES_INLINE void go_on(std::int64_t lines) {
    constexpr std::int64_t ahead = 16 * kDepth;  // floats that are fetched before their turn
    for (lines = std::min(lines, left), left -= lines; lines > 0; --lines, weights += kDepth) {
      __builtin_prefetch(weights + ahead, 0, 2);
      __builtin_prefetch(weights + ahead + kLanes, 0, 2);
      split(_mm512_loadu_ps(weights), _mm512_loadu_ps(weights + kLanes), parts + line * kDepth,
            lines_of_depth * kDepth);
      if (++line < lines_of_depth) continue;
      line = 0;
      parts += kParts * lines_of_depth * kDepth;
    }
  }
};

template <int kRowTiles>
CLEAVE_TILES_INLINE void load_rows(const Part* parts) {
  _tile_loadd(4, parts, kTileBytes);
  if constexpr (kRowTiles == 2) _tile_loadd(5, parts + kTileParts, kTileBytes);
}

template <int kColumnTiles>
CLEAVE_TILES_INLINE void load_columns(const Part* parts) {
  _tile_loadd(6, parts, kTileBytes);
  if constexpr (kColumnTiles == 2) _tile_loadd(7, parts + kTileParts, kTileBytes);
}

template <int kRowTiles, int kColumnTiles>
CLEAVE_TILES_INLINE void add_products(Splitting& next, std::int64_t next_lines) {
  _tile_dpbf16ps(0, 4, 6);
  if constexpr (kColumnTiles == 2) _tile_dpbf16ps(1, 4, 7);
  if constexpr (kRowTiles == 2) _tile_dpbf16ps(2, 5, 6);
  if constexpr (kRowTiles == 2 && kColumnTiles == 2) _tile_dpbf16ps(3, 5, 7);
  next.go_on(next_lines);
}

struct Block {
  const Part *rows, *panel;
  std::int64_t depths;
  Splitting* next;          ///< the panel after this one, which is split meanwhile
  std::int64_t next_lines;  ///< of it for each of the six products
  float* result;
  std::int64_t count, result_stride;
  const Finish* finish;
  const float* bias;  ///< of the panel's columns
};

/// Sums of a block as [row][column].
using Sums = std::array<float, kRows * kColumns>;

template <int kRowTiles, int kColumnTiles>
CLEAVE_TILES_INLINE void sum_up(const Block& block, float* sums) {
  constexpr std::int64_t step = kColumnTiles * kTileParts;
  const Part *rows = block.rows, *panel = block.panel;
  Splitting next = *block.next;
  _tile_zero(0);
  if constexpr (kColumnTiles == 2) _tile_zero(1);
  if constexpr (kRowTiles == 2) _tile_zero(2);
  if constexpr (kRowTiles == 2 && kColumnTiles == 2) _tile_zero(3);
  for (std::int64_t depth = 0; depth < block.depths; ++depth, rows += kParts * kRowStep, panel += kParts * step) {
    // In an order in which one of both factors is there already. Lines are split one by one: many at once would hold up
    // tiles that share a part of their address with what was just stored.
    load_rows<kRowTiles>(rows);
    load_columns<kColumnTiles>(panel + 2 * step);
    add_products<kRowTiles, kColumnTiles>(next, block.next_lines);
    load_columns<kColumnTiles>(panel + step);
    add_products<kRowTiles, kColumnTiles>(next, block.next_lines);
    load_columns<kColumnTiles>(panel);
    add_products<kRowTiles, kColumnTiles>(next, block.next_lines);
    load_rows<kRowTiles>(rows + kRowStep);
    add_products<kRowTiles, kColumnTiles>(next, block.next_lines);
    load_columns<kColumnTiles>(panel + step);
    add_products<kRowTiles, kColumnTiles>(next, block.next_lines);
    load_rows<kRowTiles>(rows + 2 * kRowStep);
    load_columns<kColumnTiles>(panel);
    add_products<kRowTiles, kColumnTiles>(next, block.next_lines);
  }
  *block.next = next;
  constexpr std::size_t stride = kColumns * sizeof(float);
  _tile_stored(0, sums, stride);
  if constexpr (kColumnTiles == 2) _tile_stored(1, sums + kLanes, stride);
  if constexpr (kRowTiles == 2) _tile_stored(2, sums + kTileRows * kColumns, stride);
  if constexpr (kRowTiles == 2 && kColumnTiles == 2) _tile_stored(3, sums + kTileRows * kColumns + kLanes, stride);
  settle_memory();
}

template <int kColumnTiles>
CLEAVE_TILES_INLINE void finish_rows(const Block& block, const float* sums) {
  const Finish& finish = *block.finish;
  const __m512 low = _mm512_set1_ps(finish.low), high = _mm512_set1_ps(finish.high);
  const __m512 held = _mm512_set1_ps(finish.held);
  for (int c = 0; c < kColumnTiles; ++c) {
    const __m512 bias = block.bias ? _mm512_loadu_ps(block.bias + c * kLanes) : _mm512_setzero_ps();
    for (std::int64_t r = 0; r < block.count; ++r) {
      float* result = block.result + r * block.result_stride + c * kLanes;
      __m512 sum = _mm512_add_ps(_mm512_load_ps(sums + r * kColumns + c * kLanes), bias);
      if (finish.held != 0) sum = _mm512_fmadd_ps(held, _mm512_loadu_ps(result), sum);
      // In this order numbers that are none stay none.
      _mm512_storeu_ps(result, _mm512_min_ps(high, _mm512_max_ps(low, sum)));
    }
  }
}

template <int kRowTiles, int kColumnTiles>
CLEAVE_TILES void multiply_block(const Block& block) {
  alignas(64) Sums sums;
  sum_up<kRowTiles, kColumnTiles>(block, sums.data());
  finish_rows<kColumnTiles>(block, sums.data());
}

/// The panel that begins with `column`, to be split; nothing behind the last.
Splitting splitting_of(const Product& product, std::int64_t column, Part* parts) {
  const std::int64_t width = std::min(kColumns, product.out - column), in = whole_depths(product.in);
  if (width <= 0) return {};
  return {.weights = product.weights + column * in,
          .parts = parts,
          .lines_of_depth = width / kLanes * kTileRows,
          .left = width * in / kDepth};
}

CLEAVE_TILES void multiply_in_tiles(const Product& product) {
  const std::int64_t depths = whole_depths(product.in) / kDepth, blocks = (product.count + kRows - 1) / kRows;
  const Finish* finish = product.finish;
  Part *panel = product.panels, *other = panel + panel_parts(product.in);
  Splitting first_panel = splitting_of(product, 0, panel);
  first_panel.go_on(first_panel.left);
  settle_memory();
  _tile_loadconfig(&kShapes);
  for (std::int64_t column = 0; column < product.out; column += kColumns, std::swap(panel, other)) {
    const bool wide = product.out - column >= kColumns;
    Splitting next = splitting_of(product, column + kColumns, other);
    const std::int64_t turns = kProducts * blocks * depths, next_lines = (next.left + turns - 1) / turns;
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t first = block * kRows, count = std::min(kRows, product.count - first);
      const auto kernel = wide ? (count > kTileRows ? multiply_block<2, 2> : multiply_block<1, 2>)
                               : (count > kTileRows ? multiply_block<2, 1> : multiply_block<1, 1>);
      kernel({.rows = product.rows + first * depths * kDepth * kParts,
              .panel = panel,
              .depths = depths,
              .next = &next,
              .next_lines = next_lines,
              .result = product.result + first * product.result_stride + column,
              .count = count,
              .result_stride = product.result_stride,
              .finish = finish,
              .bias = finish->bias ? finish->bias + column : nullptr});
    }
    settle_memory();
  }
  _tile_release();
}

}  // namespace

bool has_tiles() {
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         amx::multiplies(amx::Factors::bf16);
}

CLEAVE_TILES void split_row(const float* row, std::int64_t in, std::int64_t number, Part* parts) {
  parts += number / kRows * kRows * whole_depths(in) * kParts + number % kRows * kDepth;
  for (; in >= kDepth; in -= kDepth, row += kDepth, parts += kParts * kRowStep)
    split(_mm512_loadu_ps(row), _mm512_loadu_ps(row + kLanes), parts, kRowStep);
  if (in == 0) return;
  const auto mask = (std::uint32_t{1} << in) - 1;
  split(_mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), row),
        _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> kLanes), row + kLanes), parts, kRowStep);
}

void multiply(const Product& product) { multiply_in_tiles(product); }

}  // namespace cleave::cpu::tiles

#else

namespace cleave::cpu::tiles {

bool has_tiles() { return false; }
void split_row(const float*, std::int64_t, std::int64_t, Part*) {}
void multiply(const Product&) {}

}  // namespace cleave::cpu::tiles

#endif
