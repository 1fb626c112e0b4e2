#pragma once
/// Bounds on the energy of all plans from prices of the devices' time, class by class and count by count.

#include "search/labels/labelling.hpp"

#include <cleave/cost_table.hpp>
#include <cleave/evidence.hpp>

#include <vector>

namespace cleave::labels {

/// What LabelEvidence says, with what a device in use adds. A plan of this period or less with k_c devices of class c:
/// at least least_j + P min(0, sum_c k_c surplus_w[c]), as that is linear in P.
struct PriceBound {
  LabelEvidence evidence;
  std::vector<double> surplus_w;  ///< by class: idle_w less the prices of its resources
};
[[nodiscard]] PriceBound price_bound(const CostTable& cost, const std::vector<Resource>& resources,
                                     LabelEvidence evidence);

/// Devices in use by class: at least `lo`, at most `hi`.
struct CountBox {
  std::vector<int> lo, hi;
};

[[nodiscard]] CountBox all_counts(const CostTable& cost);

/// What `bound` proves about plans of `period_s` or less whose counts are in the box; 0 when they may use what it
/// excludes.
[[nodiscard]] double proved_j(const PriceBound& bound, const CountBox& box, double period_s);

/// What bounds prove together.
struct Proved {
  double energy_j = 0;                    ///< one batch
  std::vector<std::size_t> because = {};  ///< which of them do, ascending
};
/// About every plan of `period_s` or less: boxes are halved where the least is, `most_boxes` times at most.
[[nodiscard]] Proved proved_together(const CostTable& cost, const std::vector<PriceBound>& bounds, double period_s,
                                     std::size_t most_boxes = 2000);

}  // namespace cleave::labels
