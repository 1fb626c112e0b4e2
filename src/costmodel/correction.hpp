#pragma once
/// What measurements say beyond the roofline: a Gaussian process over shapes (Rasmussen and Williams, Gaussian
/// Processes for Machine Learning, MIT Press 2006, equations 2.23 and 4.17, with a length for each coordinate, 5.2).

#include "costmodel/work.hpp"

namespace cleave {

/// `weights_cached`: the share of the weights that the cache holds.
[[nodiscard]] ShapePoint shape_point(const Work& work, double weights_cached = 0);

/// 1 at the same shape, falling to 0 with distance: Matern 3/2, coordinates multiplied by `scales`.
[[nodiscard]] double similarity(const ShapePoint& a, const ShapePoint& b, const ShapePoint& scales);

/// The logarithm of a correction is at most so large: 7.4 times as slow, as products without matrix units are.
inline constexpr double kMostLogFactor = 2;

/// exp of the weighted similarities, their sum within kMostLogFactor of 0: what the seconds are multiplied by.
[[nodiscard]] double correction_factor(const Correction& correction, const ShapePoint& at);

}  // namespace cleave
