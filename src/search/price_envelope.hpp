#pragma once
/// Prices of the devices' time without a linear program, for tables that are too large for one.

#include <cleave/cost_table.hpp>

#include <vector>

namespace cleave {

/// As `load_prices_w`, a little worse, for a few of the periods. By subgradient ascent; time O(operators x modes) a few
/// hundred times.
[[nodiscard]] std::vector<IndexVector<ClassId, double>> tuned_load_prices_w(const CostTable& cost,
                                                                            const std::vector<double>& periods_s);

}  // namespace cleave
