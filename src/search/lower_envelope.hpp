#pragma once
/// Prices of the devices' time, by linear programming.

#include <cleave/cost_table.hpp>

#include <vector>

namespace cleave {

/// For each period the prices (watts, by class) at which the bound of EnergyEvidence is tightest: the duals of the
/// loads in
///   minimise   sum x[v,m] (e[v,m] + idle_w t[v,m])
///   subject to sum_m x[v,m] = 1 for each v,   sum_v,m of class c t[v,m] x[v,m] <= m_c P,   x >= 0.
/// All 0 without GLPK, and where no x meets the period.
[[nodiscard]] std::vector<IndexVector<ClassId, double>> load_prices_w(const CostTable& cost,
                                                                      const std::vector<double>& periods_s);

}  // namespace cleave
