#include "runtime/opencl/sources.hpp"

#include "runtime/opencl/tiling.hpp"

#include <fmt/format.h>

namespace cleave::opencl {

std::vector<std::string> kernel_sources(const DeviceSize& device) {
  std::vector<std::string> sources{kFunctionSource, fmt::format("#define FEW_ROWS {}\n", kFewRows), kProductSource};
  for (const Tile& tile : kTiles) {
    if (local_bytes(tile) > device.local_bytes) continue;
    sources.push_back(fmt::format("#define TILE {0}\n#define EACH {1}\n#define SLAB {2}\n#define NAMED(x) x##_{0}\n",
                                  tile.side, tile.each, tile.slab));
    sources.emplace_back(kTiledSource);
    sources.emplace_back("#undef TILE\n#undef EACH\n#undef SLAB\n#undef NAMED\n");
  }
  sources.emplace_back(kPointwiseSource);
  sources.emplace_back(kNormalizationSource);
  return sources;
}

}  // namespace cleave::opencl
