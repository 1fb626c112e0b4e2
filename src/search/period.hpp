#pragma once
/// The least period alone, exact over contiguous plans: for cost tables that know no joules.

#include "search/lattice.hpp"

#include <cleave/plan.hpp>

#include <functional>
#include <optional>

namespace cleave {

/// No plan takes any energy.
[[nodiscard]] bool takes_no_joules(const CostTable& cost);

/// Every plan takes no energy at all, so that the period is all that counts; and the loads of a stage depend on
/// the stage alone (no direct links).
[[nodiscard]] bool period_is_all(const CostTable& cost);

struct PeriodResult {
  std::optional<Plan> plan;  ///< faster than the known one; none if there is none, or if none was found in time
  bool finished = true;      ///< no plan is faster than the answer by more than a relative 1e-12
};

/// The fastest plan with stages between ideals of `lattice`, where it is faster than `known_s`.
/// `give_up` is polled and must be safe to call from any thread; when it says so the best plan so far is returned.
/// `on_progress` is told how much of the gap between bound and best plan is closed.
[[nodiscard]] PeriodResult least_period(const CostTable& cost, const Lattice& lattice, double known_s,
                                        const std::function<bool()>& give_up,
                                        const std::function<void(double)>& on_progress);

}  // namespace cleave
