#pragma once
/// How a matrix product is shared out among the groups of work items of a device.

#include <array>
#include <cstdint>

namespace cleave::opencl {

/// Tiles that the kernels are made for: results along a side, and along an item's part of it, rows of a slab, and what
/// a slab takes a compute unit: `busy` cycles of its arithmetic, and no less than `least` cycles, however few groups
/// it has. `together`: groups of one compute unit at a time. Rough, fitted to an NVIDIA H200.
struct Tile {
  int side = 0, each = 0, slab = 0;
  double busy = 0, least = 0, together = 0;
};
constexpr std::array<Tile, 3> kTiles{{{.side = 128, .each = 8, .slab = 8, .busy = 1300, .least = 1500, .together = 2},
                                      {.side = 64, .each = 4, .slab = 16, .busy = 900, .least = 1100, .together = 4},
                                      {.side = 32, .each = 2, .slab = 16, .busy = 450, .least = 700, .together = 6}}};

/// `count` products of rows x depth with depth x columns.
struct ProductShape {
  std::int64_t rows = 1, columns = 1, depth = 1, count = 1;
};

struct Tiling {
  std::size_t tile = 0;    ///< into kTiles
  std::int64_t parts = 1;  ///< of the depth, each summed by a group of its own
};

/// What takes least on a device of `compute_units`: large tiles read each factor seldom, small ones and parts of the
/// depth are many. Depends on nothing but its arguments, as sums in another order are other bits.
[[nodiscard]] Tiling tiling_of(const ProductShape& shape, int compute_units);

/// Parts of the depth of a product of few rows, so that a device of `compute_units` has enough items that read.
[[nodiscard]] std::int64_t parts_of_few_rows(const ProductShape& shape, int compute_units);

/// Rows up to which a product is one of few, and columns of an item there.
constexpr std::int64_t kFewRows = 8, kFewColumns = 4;

}  // namespace cleave::opencl
