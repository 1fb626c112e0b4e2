#pragma once
/// Every plan of a tiny problem, one by one, with its own arithmetic.

#include <cleave/plan.hpp>

#include <vector>

namespace cleave::testing_support {

struct Point {
  double period_s = 0;
  double energy_j = 0;  ///< per inference
};

/// The non-dominated (period, energy) pairs over all contiguous plans, by ascending period.
[[nodiscard]] std::vector<Point> brute_force(const CostTable& cost);
/// The same over all plans, contiguous or not.
[[nodiscard]] std::vector<Point> brute_force_any(const CostTable& cost);

}  // namespace cleave::testing_support
