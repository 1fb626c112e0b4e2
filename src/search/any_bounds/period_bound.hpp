#pragma once
/// The least period of any plan, contiguous or not, from below.

#include <cleave/evidence.hpp>
#include <cleave/plan.hpp>

#include <functional>
#include <vector>

namespace cleave {

struct PeriodBoundOptions {
  double work = 2e8;  ///< partial sets of operators to be looked at, some nanoseconds each; 0: the balance alone
  std::function<bool()> stopped = [] { return false; };
};

/// First by balance; where that leaves a gap to the best of the `known` plans (at least one), by the configuration
/// program: profits that make the devices' most profitable stages worth as little as can be, found by column generation
/// at the period of the best plan, else at periods between that and the bound.
[[nodiscard]] PeriodEvidence bound_period(const CostTable& cost, const std::vector<Plan>& known,
                                          const PeriodBoundOptions& options);

}  // namespace cleave
