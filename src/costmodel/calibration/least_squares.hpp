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
  std::vector<double> deviations;  ///< standard deviation of each by the measurements' own noise and the belief
};

/// Minimises the Huber loss of the residuals plus the distance from what is believed, by Levenberg-Marquardt with
/// Marquardt's scaling (SIAM J. 11(2), 1963). Residuals are logarithms of time ratios: about `kResidualScale` of
/// noise is expected, and beyond `kHuberLimit` the loss grows linearly (Huber, Ann. Math. Stat. 35(1), 1964).
inline constexpr double kResidualScale = 0.1;
inline constexpr double kHuberLimit = 0.2;
using Residuals = std::function<std::vector<double>(const std::vector<double>& parameters)>;
[[nodiscard]] Fit fit_robustly(const Residuals& residuals, const std::vector<Belief>& beliefs);

}  // namespace cleave
