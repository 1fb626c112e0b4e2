#include "runtime/opencl/tiling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cleave::opencl {
namespace {

/// What adding up parts takes: another kernel to start, and per number of a part its way to memory and back, in cycles.
constexpr double kFinish = 7000, kCyclesPerNumber = 0.5;
constexpr std::int64_t kMostParts = 64;

std::int64_t quotient_up(std::int64_t number, std::int64_t by) { return (number + by - 1) / by; }

/// Cycles of the whole product. Groups come in rounds of as many as fit at once.
double cycles_of(const ProductShape& shape, const Tile& tile, std::int64_t parts, int compute_units) {
  const std::int64_t tiles = quotient_up(shape.rows, tile.side) * quotient_up(shape.columns, tile.side) * shape.count;
  const std::int64_t slabs = quotient_up(quotient_up(shape.depth, tile.slab), parts);
  const auto groups = static_cast<double>(quotient_up(tiles * parts, compute_units));
  const double rounds = std::floor(groups / tile.together), left = groups - rounds * tile.together;
  const double of_slab = rounds * std::max(tile.least, tile.together * tile.busy) +
                         (left > 0 ? std::max(tile.least, left * tile.busy) : 0);
  const double numbers = static_cast<double>(shape.rows) * static_cast<double>(shape.columns) *
                         static_cast<double>(shape.count * parts) / compute_units;
  return static_cast<double>(slabs) * of_slab + groups * tile.around +
         (parts > 1 ? kFinish + kCyclesPerNumber * numbers : 0);
}

}  // namespace

Tiling tiling_of(const ProductShape& shape, const DeviceSize& device) {
  Tiling best;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t t = 0; t < kTiles.size(); ++t) {
    if (local_bytes(kTiles[t]) > device.local_bytes) continue;
    const std::int64_t slabs = quotient_up(shape.depth, kTiles[t].slab);
    for (std::int64_t parts = 1; parts <= std::min(kMostParts, std::max<std::int64_t>(1, slabs)); ++parts) {
      const double cycles = cycles_of(shape, kTiles[t], parts, device.compute_units);
      if (cycles >= least) continue;
      least = cycles;
      best = {t, parts};
    }
  }
  return best;
}

std::int64_t parts_of_few_rows(const ProductShape& shape, const DeviceSize& device) {
  constexpr std::int64_t items_per_unit = 1024, least_depth = 16;
  const std::int64_t items = quotient_up(shape.columns, kFewColumns);
  return std::clamp<std::int64_t>(device.compute_units * items_per_unit / items, 1,
                                  std::clamp<std::int64_t>(shape.depth / least_depth, 1, kMostParts));
}

}  // namespace cleave::opencl
