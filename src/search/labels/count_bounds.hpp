#pragma once
/// Bounds on the energy of all plans from prices of the devices' time, class by class and count by count.

#include "search/labels/labelling.hpp"

#include <cleave/cost_table.hpp>

#include <vector>

namespace cleave::labels {

/// For every labelling that leaves the excluded classes out: dynamic energy + sum of price x load >= relaxed_j. So a
/// plan of period P with k_c devices of class c, none of the excluded classes, takes at least, for one batch,
///   relaxed_j + P sum_c k_c surplus_w[c]       surplus_w[c] = idle_w[c] - sum of the prices of its resources.
/// A plan of this period or less: at least relaxed_j + P min(0, sum_c k_c surplus_w[c]), as that is linear in P.
struct PriceBound {
  std::vector<double> price_w;  ///< by resource, at least 0
  std::vector<bool> excluded;   ///< by class
  double relaxed_j = 0;
  std::vector<double> surplus_w;  ///< by class
};

/// Devices in use by class: at least `lo`, at most `hi`.
struct CountBox {
  std::vector<int> lo, hi;
};

[[nodiscard]] CountBox all_counts(const CostTable& cost);

/// What `bound` proves about plans of `period_s` or less whose counts are in the box; 0 when they may use what it
/// excludes.
[[nodiscard]] double proved_j(const PriceBound& bound, const CountBox& box, double period_s);

/// What all of them prove together about every plan of `period_s` or less, joules per batch: boxes are halved where
/// the least is, `most_boxes` times at most.
[[nodiscard]] double proved_j(const CostTable& cost, const std::vector<PriceBound>& bounds, double period_s,
                              std::size_t most_boxes = 2000);

}  // namespace cleave::labels
