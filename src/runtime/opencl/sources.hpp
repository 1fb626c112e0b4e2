#pragma once
/// The kernels, in OpenCL C 1.2.

#include "runtime/opencl/tiling.hpp"

#include <string>
#include <vector>

namespace cleave::opencl {

extern const char* const kFunctionSource;       ///< functions of one element, for the others
extern const char* const kProductSource;        ///< what products have in common, and those of few rows or channels
extern const char* const kTiledSource;          ///< matrix products and convolutions, for tiles of any size
extern const char* const kPointwiseSource;      ///< element by element, with broadcasting; copies
extern const char* const kNormalizationSource;  ///< pooling, reductions, norms

/// All of them; the tiled kernels once for each size that fits.
[[nodiscard]] std::vector<std::string> kernel_sources(const DeviceSize& device);

/// Work items of a tile, and of a group of a product of few rows.
constexpr int kTileItems = 256, kFewItems = 64;
/// Work items that reduce a row together.
constexpr int kRowItems = 64;

}  // namespace cleave::opencl
