#pragma once
/// How good the points of a frontier are: `bound`, `gap`, `any_bound` and `any_gap`.

#include "search/solvers.hpp"

#include <functional>
#include <vector>

namespace cleave {

/// Fills the bounds of the frontier's points, whose plans, scores and proofs are there, and the evidence for bounds that
/// the search itself does not explain. More time is spent where there is a time limit.
void bound_all_plans(const Problem& problem, const Outcome& outcome, const ExploreOptions& options, Frontier& frontier,
                     const std::function<bool()>& stopped);

}  // namespace cleave
