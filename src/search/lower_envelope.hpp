#pragma once
/// A lower bound under every plan, contiguous or not.

#include <cleave/cost_table.hpp>

#include <vector>

namespace cleave {

/// For each period the least energy (J per batch) of any fractional assignment of operators to
/// classes whose loads stay within it: no plan of that period or less takes less. Transfers,
/// launches and memory are left out, so it bounds from below. 0 energy where nothing better is known.
/// A linear program (GLPK) per period; without GLPK the period-free bound for all.
[[nodiscard]] std::vector<double> lower_envelope_j(const CostTable& cost, const std::vector<double>& periods_s);

}  // namespace cleave
