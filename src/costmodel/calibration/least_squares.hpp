#pragma once
/// Robust non-linear least squares.

#include <functional>
#include <vector>

namespace cleave {

/// A parameter that is fitted, and what is believed of it before: N(start, width^2).
struct Belief {
  double start = 0;
  double width = 1;
};
struct Fit {
  std::vector<double> parameters;
  std::vector<double> half_widths;  ///< of 95 % intervals
};

/// Minimises the Huber loss of the residuals plus the distance from what is believed, by Levenberg-Marquardt with
/// Marquardt's scaling (SIAM J. 11(2), 1963). Residuals are logarithms of time ratios: about `kResidualScale` of
/// noise is expected, and beyond `kHuberLimit` the loss grows linearly (Huber, Ann. Math. Stat. 35(1), 1964).
inline constexpr double kResidualScale = 0.1;
inline constexpr double kHuberLimit = 0.2;
/// Before any is seen, the variance of the noise is believed to be `kResidualScale` squared with the weight of so many
/// measurements (a scaled inverse chi-squared prior; Gelman et al., Bayesian Data Analysis, 3rd ed. 2013, section 3.3).
inline constexpr double kNoisePseudoMeasurements = 2;
using Residuals = std::function<std::vector<double>(const std::vector<double>& parameters)>;
[[nodiscard]] Fit fit_robustly(const Residuals& residuals, const std::vector<Belief>& beliefs);

}  // namespace cleave
