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

#define CLEAVE_AMX __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,amx-tile,amx-int8")))
#define CLEAVE_AMX_INLINE \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,amx-tile,amx-int8"), always_inline)) inline

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

/// Vectors of a call in parts of one length, as shaping tiles takes as long as a small product. The last part begins
/// where it ends with the last vector, so that some may be in two parts.
struct Parts {
  explicit Parts(int vectors)
      : all(vectors), count((vectors + kVectorsInTiles - 1) / kVectorsInTiles), length((vectors + count - 1) / count) {}
  [[nodiscard]] int begin(int part) const { return std::min(part * length, all - length); }
  /// Those before are in the part before too.
  [[nodiscard]] int first_new(int part) const { return part * length; }
  [[nodiscard]] int end(int part) const { return begin(part) + length; }

  int all, count, length;
};

/// Sums of a block that converters have not read yet.
struct Pending {
  const std::int32_t* sums = nullptr;
  std::int32_t* totals = nullptr;  ///< what codes are added to
  int rows = 0;
  bool first_block = false;  ///< totals hold nothing yet
  bool last_block = false;   ///< totals are whole then
};

struct Codes {
  explicit CLEAVE_AMX_INLINE Codes(const Reading& reading) : converter(lanes_of(reading.converter)) {
    const auto blocks = static_cast<std::uint32_t>(reading.converter.exact ? 0 : reading.block_ends.size());
    excess = _mm512_set1_epi32(static_cast<std::int32_t>(blocks * kExcess));
  }
  ConverterLanes converter;
  __m512i excess;  ///< what the codes of all blocks of a step are more than they should be
};

/// Adds the codes of the next `rows` rows to the totals.
template <bool kBothColumns, bool kExact, bool kFirstBlock>
CLEAVE_AMX_INLINE void convert(Pending& pending, const Codes& codes, int rows) {
  rows = std::min(rows, pending.rows);
  const int count = rows * kStrip;
  for (int i = 0; i < count; i += kBothColumns ? kTileRows : kStrip) {
    const __m512i sum = _mm512_load_si512(pending.sums + i);
    const __m512i code = kExact ? sum : codes_of(sum, codes.converter);
    const __m512i total = _mm512_loadu_si512(pending.totals + i);
    if constexpr (kFirstBlock)
      _mm512_storeu_si512(pending.totals + i, _mm512_sub_epi32(code, codes.excess));
    else
      _mm512_storeu_si512(pending.totals + i, _mm512_add_epi32(code, total));
  }
  pending.sums += count;
  pending.totals += count;
  pending.rows -= rows;
}

/// Factors of one block and part.
struct Factors {
  const std::byte *inputs = nullptr, *cells = nullptr;
  int units = 0;
};

/// Partial sums, as [vector][kStrip]. While the tiles multiply, what is pending is converted.
template <bool kSecond, bool kBothColumns, bool kExact, bool kFirstBlock>
CLEAVE_AMX void multiply(const Reading& reading, int vectors, Factors factors, std::int32_t* sums, Pending& pending,
                         const Codes& codes) {
  const Halves halves = halves_of(vectors);
  const std::ptrdiff_t second = halves.first * reading.vector_bytes;
  const int share = (pending.rows * kTileUnits + factors.units - 1) / factors.units;
  _tile_zero(0);
  if constexpr (kBothColumns) _tile_zero(1);
  if constexpr (kSecond) _tile_zero(2);
  if constexpr (kSecond && kBothColumns) _tile_zero(3);
  for (; factors.units >= kTileUnits; factors.units -= kTileUnits) {
    add_products<kSecond, kBothColumns>({factors.inputs, factors.inputs + second, reading.vector_bytes}, factors.cells);
    factors.inputs += kTileUnits * kUnitBytes;
    factors.cells += kTileUnits * kCellStride;
    convert<kBothColumns, kExact, kFirstBlock>(pending, codes, share);
  }
  if (factors.units > 0) {
    alignas(64) std::array<std::byte, kVectorsInTiles * kTileBytes> tail;
    copy_tail(factors.inputs, reading.vector_bytes, vectors, factors.units, tail.data());
    add_products<kSecond, kBothColumns>({tail.data(), tail.data() + halves.first * kTileBytes, kTileBytes},
                                        factors.cells);
  }
  convert<kBothColumns, kExact, kFirstBlock>(pending, codes, pending.rows);
  _tile_stored(0, sums, kSumStride);
  if constexpr (kBothColumns) _tile_stored(1, sums + kTileRows, kSumStride);
  if constexpr (kSecond) _tile_stored(2, sums + halves.first * kStrip, kSumStride);
  if constexpr (kSecond && kBothColumns) _tile_stored(3, sums + halves.first * kStrip + kTileRows, kSumStride);
}

/// Makes room below for the next step of the inputs.
CLEAVE_AMX void shift_totals(const Reading& reading, const Codes& codes) {
  const __m128i shift = _mm_cvtsi32_si128(reading.dac_bits);
  for (int i = 0; i < reading.vectors * kStrip; i += kTileRows) {
    const __m512i total = _mm512_sll_epi32(_mm512_loadu_si512(reading.sums + i), shift);
    _mm512_storeu_si512(reading.sums + i, _mm512_sub_epi32(total, codes.excess));
  }
}

/// Blocks outside, parts inside: so the cells of a block and its inputs stay near. Results are finished part by part,
/// so that they are written while tiles multiply.
template <bool kSecond, bool kBothColumns, bool kExact>
CLEAVE_AMX void read_blocks(const Reading& reading, const Parts& parts, const Finishing* finishing) {
  alignas(64) std::array<std::array<std::int32_t, kVectorsInTiles * kStrip>, 2> sums;  // one converted, one to come
  const Codes codes(reading);
  const auto finish = avx512_kernels().finish;
  Pending pending;
  std::size_t turn = 0;
  const auto multiply_turn = [&](const Factors& factors, std::int32_t* to) CLEAVE_AMX {
    pending.first_block
        ? multiply<kSecond, kBothColumns, kExact, true>(reading, parts.length, factors, to, pending, codes)
        : multiply<kSecond, kBothColumns, kExact, false>(reading, parts.length, factors, to, pending, codes);
  };
  const auto convert_all = [&]() CLEAVE_AMX {
    pending.first_block ? convert<kBothColumns, kExact, true>(pending, codes, pending.rows)
                        : convert<kBothColumns, kExact, false>(pending, codes, pending.rows);
  };
  const auto end_part = [&](int part) {
    const int first = parts.first_new(part);
    if (finishing) finish(rows_of(*finishing, first, parts.end(part) - first));
  };
  for (int step = reading.steps; step-- > 0;) {
    const bool first_step = step + 1 == reading.steps;
    if (!first_step) {
      convert_all();
      shift_totals(reading, codes);
    }
    std::int32_t unit = 0;
    for (const std::int32_t end : reading.block_ends) {
      for (int part = 0; part < parts.count; ++part, ++turn) {
        const std::byte* inputs = reading.inputs + step * reading.step_bytes + parts.begin(part) * reading.vector_bytes;
        const Factors factors{inputs + std::ptrdiff_t{unit} * kUnitBytes, reading.cells + unit * kCellStride,
                              end - unit};
        std::int32_t* to = sums[turn % 2].data();
        multiply_turn(factors, to);
        if (pending.last_block) end_part(part - 1);
        const int first = parts.first_new(part);
        pending = {.sums = to + (first - parts.begin(part)) * kStrip,
                   .totals = reading.sums + first * kStrip,
                   .rows = parts.end(part) - first,
                   .first_block = first_step && unit == 0,
                   .last_block = step == 0 && end == reading.block_ends.back()};
      }
      unit = end;
    }
  }
  convert_all();
  end_part(parts.count - 1);
}

template <bool kSecond, bool kBothColumns>
void read_columns(const Reading& reading, const Parts& parts, const Finishing* finishing) {
  reading.converter.exact ? read_blocks<kSecond, kBothColumns, true>(reading, parts, finishing)
                          : read_blocks<kSecond, kBothColumns, false>(reading, parts, finishing);
}

CLEAVE_AMX void shape_tiles(int vectors) { _tile_loadconfig(&kShapes[static_cast<std::size_t>(vectors - 1)]); }
CLEAVE_AMX void release_tiles() { _tile_release(); }

/// Tiles have the shape for it.
void read_all(const Reading& reading, const Parts& parts, const Finishing* finishing) {
  const bool second = halves_of(parts.length).second > 0;
  if (reading.half_strip)
    second ? read_columns<true, false>(reading, parts, finishing)
           : read_columns<false, false>(reading, parts, finishing);
  else
    second ? read_columns<true, true>(reading, parts, finishing) : read_columns<false, true>(reading, parts, finishing);
}

void read(const Reading& reading) {
  if (reading.wide) return avx512_kernels().read(reading);
  const Parts parts(reading.vectors);
  shape_tiles(parts.length);
  read_all(reading, parts, nullptr);
  release_tiles();
}

void read_finished(std::span<const ReadingToEnd> readings) {
  if (readings.front().reading.wide) return avx512_kernels().read_finished(readings);
  int shaped_for = 0;
  for (const auto& [reading, finishing] : readings) {
    const Parts parts(reading.vectors);
    if (parts.length != shaped_for) shape_tiles(parts.length);
    shaped_for = parts.length;
    read_all(reading, parts, &finishing);
  }
  release_tiles();
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
