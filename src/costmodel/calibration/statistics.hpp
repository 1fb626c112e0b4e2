#pragma once
/// How well predicted times agree with measured ones.

#include <vector>

namespace cleave {

/// Of |predicted / measured - 1|, and of the two orders.
struct Agreement {
  double mape = 0;  ///< mean
  double median = 0;
  double p90 = 0;
  double spearman = 0;  ///< rank correlation; 0 for fewer than three
};
/// Zeros where there are none.
[[nodiscard]] Agreement agreement(const std::vector<double>& predicted, const std::vector<double>& measured);

/// The value that a share `q` of `values` does not exceed (nearest rank); 0 where there are none.
[[nodiscard]] double quantile(std::vector<double> values, double q);

}  // namespace cleave
