#pragma once
/// Whether a plan of known shape can run: the search's own view (the checker has another).

#include <cleave/plan.hpp>

namespace cleave {

/// Every stage fits its devices and no class is used more often than it has devices.
[[nodiscard]] bool feasible(const CostTable& cost, const Plan& plan);

}  // namespace cleave
