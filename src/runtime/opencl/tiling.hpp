#pragma once
/// How a matrix product is shared out among the groups of work items of a device.

#include <array>
#include <cstddef>
#include <cstdint>

namespace cleave::opencl {

/// Tiles that the kernels are made for: results along a side, and along an item's part of it, rows of a slab. A slab
/// takes a compute unit `busy` cycles for each of its groups, and no less than `least` cycles, however few they are; a
/// group takes `around` cycles besides. `together`: groups of one compute unit at a time. Fitted to 468 measurements of
/// 31 convolutions on an NVIDIA H200, in cycles of 1/1755 us: with 6 us to start it the median error is 6 %.
struct Tile {
  int side = 0, each = 0, slab = 0;
  double busy = 0, least = 0, around = 0, together = 0;
};
constexpr std::array<Tile, 3> kTiles{
    {{.side = 128, .each = 8, .slab = 16, .busy = 3000, .least = 3000, .around = 8500, .together = 1},
     {.side = 64, .each = 4, .slab = 16, .busy = 1050, .least = 1500, .around = 600, .together = 8},
     {.side = 32, .each = 2, .slab = 16, .busy = 470, .least = 900, .around = 500, .together = 10}}};

/// `count` products of rows x depth with depth x columns.
struct ProductShape {
  std::int64_t rows = 1, columns = 1, depth = 1, count = 1;
};

struct Tiling {
  std::size_t tile = 0;    ///< into kTiles
  std::int64_t parts = 1;  ///< of the depth, each summed by a group of its own
};

/// Of a device.
struct DeviceSize {
  int compute_units = 1;
  std::size_t local_bytes = 32768;  ///< of a group of work items; the least that OpenCL allows
};

/// Local memory that a group takes for a tile: two slabs of each factor.
[[nodiscard]] constexpr std::size_t local_bytes(const Tile& tile) {
  return 4 * sizeof(float) * static_cast<std::size_t>(tile.slab * (tile.side + 4));
}

/// What takes least on a device, of the tiles that fit: large tiles read each factor seldom, small ones and parts of
/// the depth are many. Depends on nothing but its arguments, as sums in another order are other bits.
[[nodiscard]] Tiling tiling_of(const ProductShape& shape, const DeviceSize& device);

/// Parts of the depth of a product of few rows, so that a device has enough items that read.
[[nodiscard]] std::int64_t parts_of_few_rows(const ProductShape& shape, const DeviceSize& device);

/// Rows up to which a product is one of few, and columns of an item there.
constexpr std::int64_t kFewRows = 8, kFewColumns = 4;

}  // namespace cleave::opencl
