#pragma once
/// Fits the correction of a class of operators to what a fitted roofline leaves unexplained.

#include "costmodel/calibration/measurements.hpp"
#include "costmodel/cpu_gpu.hpp"

#include <vector>

namespace cleave {

/// The Gaussian process whose lengths have the most probable ratios, found on 256 of the measurements at most, and
/// whose common length and noise give the least mean leave-one-out error; no points where that is not at least 5 %
/// below the error without it, or where there are fewer than 20 measurements. Of more than 800, that many are taken,
/// evenly spaced; of those that stand for themselves 1600.
[[nodiscard]] Correction fit_correction(RooflineClass operators, Precision precision, const RooflineParameters& fitted,
                                        const std::vector<Measurement>& measurements);

}  // namespace cleave
