#pragma once
/// Which prices to try next: those at which the labellings known so far, and any mixture of them, cost the most.

#include "search/labels/count_bounds.hpp"

#include <optional>
#include <vector>

namespace cleave::labels {

struct PriceStep {
  std::vector<double> price_w;  ///< by resource
  double promise_j = 0;         ///< the bound there can be at most this
  bool confined = false;        ///< a price is at a limit of its range
  std::vector<double> weight;   ///< of each labelling in the mixture that is cheapest for these counts
  std::vector<double> devices;  ///< by class: that this mixture keeps busy
};

/// maximise  min_i (dynamic_j_i + sum price x load_i)  +  P min(0, min over counts k of the box of sum_c k_c surplus_c)
/// with prices in [lo, hi]. None without GLPK.
[[nodiscard]] std::optional<PriceStep> next_prices(const CostTable& cost, const std::vector<Resource>& resources,
                                                   const std::vector<Labelling>& labellings, const CountBox& box,
                                                   double period_s, const std::vector<double>& lo,
                                                   const std::vector<double>& hi);

}  // namespace cleave::labels
