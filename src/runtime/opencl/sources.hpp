#pragma once
/// The kernels, in OpenCL C 1.2.

#include <array>

namespace cleave::opencl {

extern const char* const kFunctionSource;       ///< functions of one element, for the others
extern const char* const kProductSource;        ///< matrix products and convolutions
extern const char* const kPointwiseSource;      ///< element by element, with broadcasting; copies
extern const char* const kNormalizationSource;  ///< pooling, reductions, norms

[[nodiscard]] inline std::array<const char*, 4> kernel_sources() {
  return {kFunctionSource, kProductSource, kPointwiseSource, kNormalizationSource};
}

/// Square tile of the result that a work group computes, and work items along its side.
constexpr int kTile = 64, kSide = 16;
/// Work items that reduce a row together.
constexpr int kRowItems = 64;

}  // namespace cleave::opencl
