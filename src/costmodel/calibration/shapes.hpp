#pragma once
/// Which measurements are of the same shape.

#include "costmodel/calibration/measurements.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace cleave {

using ShapeKey = std::pair<ShapePoint, double>;  ///< and the bytes that are read
[[nodiscard]] ShapeKey shape_key(const Measurement& one);

/// How many shapes there are: measuring one again says nothing of others.
[[nodiscard]] std::size_t distinct_shapes(const std::vector<Measurement>& measurements);

}  // namespace cleave
