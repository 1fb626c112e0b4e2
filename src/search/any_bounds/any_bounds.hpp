#pragma once
/// How good the points of a frontier are: `bound`, `gap`, `any_bound` and `any_gap`.

#include "search/solvers.hpp"

#include <functional>
#include <vector>

namespace cleave {

/// Fills the bounds of `points`, whose plans, scores and proofs are there. More time is spent where there is a time
/// limit. Returns why no plan has a lesser period, where nothing takes energy and this was found out here.
PeriodEvidence bound_all_plans(const Problem& problem, const Outcome& outcome, const ExploreOptions& options,
                               std::vector<FrontierPoint>& points, const std::function<bool()>& stopped);

}  // namespace cleave
