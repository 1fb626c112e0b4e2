#pragma once
/// Operators that could change places: branches that look alike, such as the queries and the keys of an attention.

#include <cleave/cost_table.hpp>
#include <cleave/evidence.hpp>

#include <vector>

namespace cleave {

/// Branches of which the first operators, a middle one of each, are ordered: some plan of every score keeps to all of
/// these orders at once. Of a plan and its images under the exchanges, the one whose `first[0]`, in the order of the
/// answer, are in the earliest stages does. `first[0]` is before `later[0]` in the network.
[[nodiscard]] std::vector<TwinBranches> twin_branches(const CostTable& cost);

}  // namespace cleave
