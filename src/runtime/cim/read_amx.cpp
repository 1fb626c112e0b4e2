// The loops for AMX: an instruction multiplies 16 vectors with 16 columns over 16 units. Four of the eight tiles keep
// the partial sums of up to 32 vectors and 32 columns; converters read them from memory, as no instruction takes a
// tile's rows into a register. While those of a block are converted the tiles multiply the next one.
#include "runtime/cim/read_kernel.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && defined(__linux__)

#include "runtime/amx.hpp"
#include "runtime/cim/converter_lanes.hpp"
#include "runtime/cim/reading_parts.hpp"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <utility>

#define CLEAVE_AMX __attribute__((target("avx512f,avx512bw,avx512vl,amx-tile,amx-int8")))
#define CLEAVE_AMX_INLINE __attribute__((target("avx512f,avx512bw,avx512vl,amx-tile,amx-int8"), always_inline)) inline

namespace cleave::cim {
namespace {

constexpr int kTileRows = 16, kTileUnits = 16, kUnitBytes = 4, kTileBytes = 64;
constexpr std::ptrdiff_t kCellStride = kStrip * kUnitBytes, kSumStride = kStrip * sizeof(std::int32_t);
constexpr int kVectorsInTiles = 2 * kTileRows;
static_assert(kStrip == 2 * kTileRows && kUnitsBeyond == kTileUnits - 1);

using amx::TileShapes;

/// Vectors of a call in two halves; the second may have none.
struct Halves {
  int first = 0, second = 0;
};
constexpr Halves halves_of(int vectors) {
  return vectors <= kTileRows ? Halves{vectors, 0} : Halves{(vectors + 1) / 2, vectors / 2};
}

/// Tiles 0 to 3 are sums: two of columns for each half of the vectors. 4 and 5 are inputs, 6 and 7 cells.
constexpr TileShapes shapes_for(int vectors) {
  const Halves halves = halves_of(vectors);
  TileShapes shapes;
  for (std::size_t tile = 0; tile < 8; ++tile) {
    const bool second = tile == 2 || tile == 3 || tile == 5;
    const int rows = tile >= 6 ? kTileUnits : second ? std::max(1, halves.second) : halves.first;
    shapes.row_bytes[tile] = kTileBytes;
    shapes.rows[tile] = static_cast<std::uint8_t>(rows);
  }
  return shapes;
}

/// Made beforehand: the processor waits long for shapes that have just been written.
constexpr auto kShapes = [] {
  std::array<TileShapes, kVectorsInTiles> shapes;
  for (int vectors = 1; vectors <= kVectorsInTiles; ++vectors)
    shapes[static_cast<std::size_t>(vectors - 1)] = shapes_for(vectors);
  return shapes;
}();

/// The intrinsics do not say what memory they read: what was written before has to be there.
CLEAVE_AMX_INLINE void finish_writing() { asm volatile("" ::: "memory"); }

/// 16 units of the inputs of both halves.
struct Units {
  const std::byte *first = nullptr, *second = nullptr;
  std::ptrdiff_t stride = 0;
};

template <bool kSecond, bool kBothColumns>
CLEAVE_AMX_INLINE void add_products(const Units& inputs, const std::byte* cells) {
  _tile_loadd(4, inputs.first, inputs.stride);
  _tile_loadd(6, cells, kCellStride);
  _tile_dpbusd(0, 4, 6);
  if constexpr (kBothColumns) {
    _tile_loadd(7, cells + kTileBytes, kCellStride);
    _tile_dpbusd(1, 4, 7);
  }
  if constexpr (kSecond) {
    _tile_loadd(5, inputs.second, inputs.stride);
    _tile_dpbusd(2, 5, 6);
    if constexpr (kBothColumns) _tile_dpbusd(3, 5, 7);
  }
}

/// The last units of a block, with zeros behind: whatever cells are there then add nothing.
CLEAVE_AMX void copy_tail(const std::byte* inputs, std::ptrdiff_t stride, int vectors, int units, std::byte* to) {
  const auto mask = static_cast<__mmask16>((1 << units) - 1);
  for (int v = 0; v < vectors; ++v)
    _mm512_store_si512(to + v * kTileBytes, _mm512_maskz_loadu_epi32(mask, inputs + v * stride));
  finish_writing();
}

/// Partial sums of `units` units, as [vector][kStrip].
template <bool kSecond, bool kBothColumns>
CLEAVE_AMX void multiply(const Reading& reading, const std::byte* inputs, const std::byte* cells, int units,
                         std::int32_t* sums) {
  const Halves halves = halves_of(reading.vectors);
  const std::ptrdiff_t second = halves.first * reading.vector_bytes;
  _tile_zero(0);
  if constexpr (kBothColumns) _tile_zero(1);
  if constexpr (kSecond) _tile_zero(2);
  if constexpr (kSecond && kBothColumns) _tile_zero(3);
  for (; units >= kTileUnits; units -= kTileUnits) {
    add_products<kSecond, kBothColumns>({inputs, inputs + second, reading.vector_bytes}, cells);
    inputs += kTileUnits * kUnitBytes;
    cells += kTileUnits * kCellStride;
  }
  if (units > 0) {
    alignas(64) std::array<std::byte, kVectorsInTiles * kTileBytes> tail;
    copy_tail(inputs, reading.vector_bytes, reading.vectors, units, tail.data());
    add_products<kSecond, kBothColumns>({tail.data(), tail.data() + halves.first * kTileBytes, kTileBytes}, cells);
  }
  _tile_stored(0, sums, kSumStride);
  if constexpr (kBothColumns) _tile_stored(1, sums + kTileRows, kSumStride);
  if constexpr (kSecond) _tile_stored(2, sums + halves.first * kStrip, kSumStride);
  if constexpr (kSecond && kBothColumns) _tile_stored(3, sums + halves.first * kStrip + kTileRows, kSumStride);
}

/// What the codes of a block are added to.
enum class Start { nothing, earlier_steps, earlier_blocks };

/// Adds codes to the totals.
template <bool kBothColumns, bool kExact, Start kStart>
CLEAVE_AMX void convert(const Reading& reading, const std::int32_t* sums) {
  const auto blocks = static_cast<std::uint32_t>(reading.block_ends.size());
  const __m512i excess = _mm512_set1_epi32(static_cast<std::int32_t>(kExact ? 0 : blocks * kExcess));
  const __m128i shift = _mm_cvtsi32_si128(reading.dac_bits);
  const ConverterLanes converter = lanes_of(reading.converter);
  std::int32_t* const totals = reading.sums;
  const int count = reading.vectors * kStrip;
  for (int i = 0; i < count; i += kBothColumns ? kTileRows : kStrip) {
    const __m512i sum = _mm512_load_si512(sums + i);
    __m512i total = _mm512_setzero_si512();
    if constexpr (kStart != Start::nothing) total = _mm512_loadu_si512(totals + i);
    if constexpr (kStart == Start::earlier_steps) total = _mm512_sll_epi32(total, shift);
    if constexpr (kStart != Start::earlier_blocks) total = _mm512_sub_epi32(total, excess);
    _mm512_storeu_si512(totals + i, _mm512_add_epi32(total, kExact ? sum : codes_of(sum, converter)));
  }
}

template <bool kBothColumns, bool kExact>
void convert_block(const Reading& reading, int step, std::size_t block, const std::int32_t* sums) {
  if (block > 0)
    convert<kBothColumns, kExact, Start::earlier_blocks>(reading, sums);
  else if (step + 1 < reading.steps)
    convert<kBothColumns, kExact, Start::earlier_steps>(reading, sums);
  else
    convert<kBothColumns, kExact, Start::nothing>(reading, sums);
}

template <bool kSecond, bool kBothColumns, bool kExact>
CLEAVE_AMX void read_blocks(const Reading& reading) {
  alignas(64) std::array<std::array<std::int32_t, kVectorsInTiles * kStrip>, 2> sums;  // one converted, one to come
  const std::size_t blocks = reading.block_ends.size();
  const std::size_t turns = blocks * static_cast<std::size_t>(reading.steps);
  const auto step_of = [&](std::size_t turn) { return reading.steps - 1 - static_cast<int>(turn / blocks); };
  for (std::size_t turn = 0; turn <= turns; ++turn) {
    if (turn < turns) {
      const std::size_t block = turn % blocks;
      const std::int32_t first = block == 0 ? 0 : reading.block_ends[block - 1];
      multiply<kSecond, kBothColumns>(
          reading, reading.inputs + step_of(turn) * reading.step_bytes + std::ptrdiff_t{first} * kUnitBytes,
          reading.cells + first * kCellStride, reading.block_ends[block] - first, sums[turn % 2].data());
    }
    if (turn > 0)
      convert_block<kBothColumns, kExact>(reading, step_of(turn - 1), (turn - 1) % blocks, sums[(turn - 1) % 2].data());
  }
}

template <bool kSecond, bool kBothColumns>
void read_columns(const Reading& reading) {
  reading.converter.exact ? read_blocks<kSecond, kBothColumns, true>(reading)
                          : read_blocks<kSecond, kBothColumns, false>(reading);
}

/// Of vectors for which tiles are shaped.
void read_shaped(const Reading& reading) {
  if (halves_of(reading.vectors).second > 0)
    reading.half_strip ? read_columns<true, false>(reading) : read_columns<true, true>(reading);
  else
    reading.half_strip ? read_columns<false, false>(reading) : read_columns<false, true>(reading);
}

CLEAVE_AMX void shape_tiles(int vectors) { _tile_loadconfig(&kShapes[static_cast<std::size_t>(vectors - 1)]); }
CLEAVE_AMX void release_tiles() { _tile_release(); }

/// Shaping takes as long as a small product: parts of one length share it.
template <class Then>
void read_parts(const Reading& reading, const Then& then) {
  int shaped = 0;
  for_each_part(reading, kVectorsInTiles, [&](const Reading& part, int first) {
    if (part.vectors != shaped) shape_tiles(part.vectors);
    shaped = part.vectors;
    read_shaped(part);
    then(part, first);
  });
  release_tiles();
}

void read(const Reading& reading) {
  if (reading.wide) return avx512_kernels().read(reading);
  read_parts(reading, [](const Reading&, int) {});
}

void read_finished(const Reading& reading, const Finishing& finishing) {
  if (reading.wide) return avx512_kernels().read_finished(reading, finishing);
  const auto finish = avx512_kernels().finish;
  read_parts(reading, [&](const Reading& part, int first) { finish(rows_of(finishing, first, part.vectors)); });
}

}  // namespace

ReadKernels amx_kernels() {
  ReadKernels kernels = avx512_kernels();
  kernels.vectors = kMostVectors;
  kernels.read = read;
  kernels.read_finished = read_finished;
  return kernels;
}

bool has_amx_int8() { return has_avx512_vnni() && amx::multiplies(amx::Factors::int8); }

}  // namespace cleave::cim

#else

namespace cleave::cim {

ReadKernels amx_kernels() { return portable_kernels(); }
bool has_amx_int8() { return false; }

}  // namespace cleave::cim

#endif
