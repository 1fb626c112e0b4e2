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

/// Every contiguous plan.
[[nodiscard]] std::vector<Taken> every_plan(const CostTable& cost);

/// Those of `points` that none dominates, by ascending period.
[[nodiscard]] std::vector<Point> non_dominated(std::vector<Point> points);

/// The non-dominated (period, energy) pairs over all contiguous plans, by ascending period.
[[nodiscard]] std::vector<Point> brute_force(const CostTable& cost);

}  // namespace cleave::testing_support
