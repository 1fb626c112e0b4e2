#pragma once
/// Fits the profile of a CPU or GPU to measured times of operators.

#include "base/json_view.hpp"
#include "base/json_writer.hpp"
#include "costmodel/calibration/measurements.hpp"
#include "costmodel/calibration/statistics.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Errors of one class of operators at one precision.
struct ClassErrors {
  std::string operators;  ///< "gemm", "conv", "other", "matrix"
  Precision precision = Precision::fp32;
  std::size_t samples = 0;
  Agreement in_sample = {};
  /// Every measurement predicted by a fit to the other folds; none of a single shape.
  std::optional<Agreement> held_out = {};
  bool corrected = false;
  std::vector<std::string> fitted = {}, kept = {};  ///< fields of the profile
};

struct Calibration {
  Profile profile;
  std::vector<ClassErrors> errors;
};

struct CalibrateOptions {
  std::string measurements;  ///< what the source of the fitted numbers calls them
  int year = 0;              ///< 0: not known
  int folds = 5;
  std::uint64_t seed = 1;  ///< of the folds; measurements of one operator are in one fold
};

/// Throws UsageError for a kind of device whose model is no roofline.
void require_roofline(const Profile& profile);

/// Throws UsageError for a kind without roofline, and for a precision that the profile does not list.
[[nodiscard]] Calibration calibrate(const Profile& profile, const std::vector<Measurement>& measurements,
                                    const CalibrateOptions& options);

/// What the notes of the profile that was calibrated say of the classes that were not: their fields stay, and so does
/// how well they agree. Nothing where no calibration wrote these notes.
[[nodiscard]] std::vector<JsonView> errors_that_stay(const JsonView& document, const Calibration& calibration);

/// The errors as the value of a key: of "notes" in a profile, with those that stay, or on their own.
void write_errors(JsonWriter& json, const Calibration& calibration, const CalibrateOptions& options,
                  const std::vector<JsonView>& stay = {});

}  // namespace cleave
