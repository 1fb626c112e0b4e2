#pragma once
/// Which classes of devices take little energy.

#include <cleave/cost_table.hpp>

#include <vector>

namespace cleave {

/// Classes by how much energy they take, idle energy included, for what they can run, beside the one that takes least:
/// the labels of frugal ones refuse most of the others.
[[nodiscard]] std::vector<ClassId> by_frugality(const CostTable& cost);

}  // namespace cleave
