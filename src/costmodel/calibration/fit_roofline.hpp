#pragma once
/// Fits the roofline of one class of operators at one precision to measurements.

#include "costmodel/calibration/measurements.hpp"
#include "costmodel/cpu_gpu.hpp"

#include <string>
#include <vector>

namespace cleave {

/// A field of the profile as measurements see it.
struct FittedField {
  std::string name;
  double value = 0, low = 0, high = 0;  ///< 95 % by the covariance of the fit
  bool is_rate = false;                 ///< times scale with it: an interval narrower than the errors would be a lie
};
struct RooflineFit {
  RooflineParameters parameters;
  std::vector<FittedField> fields;
  std::vector<std::string> kept;  ///< fields that too few measurements speak of: they keep their value
};

/// What the parameters say of a measurement.
[[nodiscard]] double modelled_seconds(const Measurement& one, const RooflineParameters& parameters);

/// The more measurements, the more fields: launch, efficiency and memory efficiency from the first; gains of 1x1 and
/// 3x3 convolutions and the efficiency of depthwise ones where three or more measurements are of that kind (gains:
/// of at least 10 in all); saturation and overlap from 31. Each is drawn towards what the profile says, or, where
/// that is a default, towards a typical value.
[[nodiscard]] RooflineFit fit_roofline(const Profile& profile, Precision precision, RooflineClass operators,
                                       const std::vector<Measurement>& measurements);

}  // namespace cleave
