#pragma once
/// A calibration for people and for scripts.

#include "costmodel/calibration/calibrate.hpp"

#include <string>

namespace cleave::cli {

/// A row for each class and precision, then what kept its value for want of measurements.
[[nodiscard]] std::string calibration_text(const Calibration& calibration);

/// `output` is the profile that was written.
[[nodiscard]] std::string calibration_json(const Calibration& calibration, const CalibrateOptions& options,
                                           const std::string& output);

}  // namespace cleave::cli
