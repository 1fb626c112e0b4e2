#pragma once
/// How well predicted times agree with measured ones.

#include <optional>
#include <vector>

namespace cleave {

/// Of |predicted / measured - 1|, and of the two orders.
struct Agreement {
  double mape = 0;  ///< mean
  double median = 0;
  double p90 = 0;
  std::optional<double> spearman = {};  ///< rank correlation; none where all predicted or all measured are equal
};
/// Zeros where there are none.
[[nodiscard]] Agreement agreement(const std::vector<double>& predicted, const std::vector<double>& measured);

/// Of two in the middle their mean; 0 where there are none.
[[nodiscard]] double median(std::vector<double> values);
/// The value that a share `q` of `values` does not exceed (nearest rank); 0 where there are none.
[[nodiscard]] double quantile(std::vector<double> values, double q);

}  // namespace cleave
