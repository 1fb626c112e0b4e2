#pragma once
/// Which weights select which point of a frontier.

#include <cleave/explore.hpp>

#include <vector>

namespace cleave {

/// Fills in `weight` of every point (see WeightInterval). Points need not be sorted.
void assign_weights(std::vector<FrontierPoint>& points);

/// `w P/P_best + (1-w) E/E_best` of every point.
[[nodiscard]] std::vector<double> weighted_scores(const std::vector<FrontierPoint>& points, double weight);

}  // namespace cleave
