#pragma once
/// Operators that take nothing but memory, with whom they exchange tensors: constants, copies, results at the end. Each
/// may or may not belong to a stage, so that a few of them make a network's ideals too many to list.

#include "search/grouping.hpp"

#include <cleave/plan.hpp>

#include <vector>

namespace cleave {

/// A bystander takes no time and no joules wherever it runs, runs wherever its only neighbour does, exchanges tensors
/// with that one alone, and its weights are never reloaded. Its neighbour may be an operator joined by other
/// bystanders.
///
/// Each joins its neighbour, but for the operators `apart`. Where their memory counts, the plans of the grouping are
/// plans of the original. Where it does not, the frontier of the grouping is no worse than that of the original: a
/// bystander that moves to its neighbour's stage only saves transfers.
struct Bystanders {
  Grouping grouping;
  bool any = false;  ///< somebody joined
};
enum class BystanderBytes { count, ignored };
[[nodiscard]] Bystanders join_bystanders(const CostTable& cost, const std::vector<bool>& apart, BystanderBytes bytes);

}  // namespace cleave
