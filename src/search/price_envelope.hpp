#pragma once
/// The lower envelope without a linear program, for tables that are too large for one.

#include <cleave/cost_table.hpp>

#include <vector>

namespace cleave {

/// As `lower_envelope_j`, a little lower: for any prices mu_c >= 0 (watts) every plan of period P takes at least
///   sum_v min_c (e[v,c] + (idle_w[c] + mu_c) t[v,c])  -  P sum_c mu_c m_c
/// joules a batch. The prices are tuned at a few of the periods, and the best of them serves each.
/// Time O(operators x modes) a few hundred times.
[[nodiscard]] std::vector<double> price_envelope_j(const CostTable& cost, const std::vector<double>& periods_s);

}  // namespace cleave
