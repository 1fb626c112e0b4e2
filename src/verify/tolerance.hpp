#pragma once
/// How closely a certificate proves its claims.

#include <cleave/cost_table.hpp>

#include <algorithm>
#include <cstddef>

namespace cleave::verify {

/// A claim covers plans that are better than it by no more than this, relative. It must leave room for plans that the
/// search does not look for, as they save less than 3e-11, and for rounding at every stage; more would let a claim hide
/// plans that beat the claims next to it.
[[nodiscard]] inline double claim_slack(const CostTable& cost) {
  std::size_t devices = 0;
  for (const ClassCost& device : cost.classes) devices += static_cast<std::size_t>(device.count);
  return 1e-10 + 4e-12 * static_cast<double>(std::min(devices, cost.operator_count()));  // the most stages
}

}  // namespace cleave::verify
