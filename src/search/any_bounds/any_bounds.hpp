#pragma once
/// How good the points of a frontier are: `bound`, `gap`, `any_bound` and `any_gap`.

#include "search/solvers.hpp"

namespace cleave {

/// Fills the bounds of the frontier's points, whose plans, scores and proofs are there, and the evidence for bounds
/// that the search itself does not explain.
void bound_all_plans(const Problem& problem, const Outcome& outcome, Frontier& frontier);

}  // namespace cleave
