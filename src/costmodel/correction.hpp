#pragma once
/// What measurements say beyond the roofline: a Gaussian process over shapes (Rasmussen and Williams, Gaussian
/// Processes for Machine Learning, MIT Press 2006, equations 2.23 and 4.17).

#include "costmodel/work.hpp"

namespace cleave {

[[nodiscard]] ShapePoint shape_point(const Work& work);

/// 1 at the same shape, falling to 0 with distance: Matern 3/2 with a length in octaves.
[[nodiscard]] double similarity(const ShapePoint& a, const ShapePoint& b, double length_octaves);

/// exp of the weighted similarities, between 1/e and e: what the seconds are multiplied by.
[[nodiscard]] double correction_factor(const Correction& correction, const ShapePoint& at);

}  // namespace cleave
