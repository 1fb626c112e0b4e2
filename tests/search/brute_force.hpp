#pragma once
/// Every contiguous plan of a tiny problem, one by one, with its own arithmetic.

#include <cleave/plan.hpp>

#include <vector>

namespace cleave::testing_support {

struct Point {
  double period_s = 0;
  double energy_j = 0;  ///< per inference
};

/// A plan by what it takes.
struct Taken {
  double period_s = 0;
  double dynamic_j = 0;   ///< one batch, all but idling
  double idle_w = 0;      ///< of its devices
  std::vector<int> used;  ///< devices of each class
};

/// Every contiguous plan, or with `any` every partition of the operators.
[[nodiscard]] std::vector<Taken> every_plan(const CostTable& cost, bool any = false);

/// Those of `points` that none dominates, by ascending period.
[[nodiscard]] std::vector<Point> non_dominated(std::vector<Point> points);

/// The non-dominated (period, energy) pairs over those plans, by ascending period.
[[nodiscard]] std::vector<Point> brute_force(const CostTable& cost, bool any = false);

}  // namespace cleave::testing_support
