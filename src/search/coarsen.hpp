#pragma once
/// Which operators to keep together so that a large network becomes a small one.

#include <cleave/cost_table.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace cleave {

/// Consecutive parts of a topological order, at most `parts` of about equal work: of the borders within a share of the
/// work the one with the cheapest boundary. Each operator is a part where `parts` suffice for that. By operator: the
/// number of its part.
[[nodiscard]] std::vector<std::size_t> even_parts(const CostTable& cost, std::span<const OpId> order,
                                                  std::size_t parts);

/// Merges an operator with its only reader, or with the only one it reads from, again and again, while the group takes
/// no longer than `most_s` on the fastest devices: that never makes a circle. By operator: the number of its
/// group, in an order in which data flows.
[[nodiscard]] std::vector<std::size_t> merged_chains(const CostTable& cost, double most_s);

/// Numbers sets of operators in an order in which data flows. `set[op]`: the operator that names its set, itself for
/// that one. No data may flow in a circle between the sets.
[[nodiscard]] std::vector<std::size_t> numbered_sets(const CostTable& cost, const std::vector<std::size_t>& set);

}  // namespace cleave
