#pragma once
/// Operators that could change places: branches that look alike, such as the queries and the keys of an attention.

#include <cleave/cost_table.hpp>

#include <vector>

namespace cleave {

/// `later` need not be in an earlier stage than `first`.
struct TwinOrder {
  OpId first;
  OpId later;
};

/// Orders of operators, `first` before `later` in the network, to which some plan of every score keeps: all at once.
/// Each comes from two alike branches, which exchanged leave the problem as it is. Of a plan and its images under such
/// exchanges, the one whose `first` operators, in the order of the answer, are in the earliest stages keeps to all.
[[nodiscard]] std::vector<TwinOrder> twin_orders(const CostTable& cost);

}  // namespace cleave
