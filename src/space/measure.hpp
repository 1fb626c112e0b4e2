#pragma once
/// What a design space tells beside its frontier: hypervolumes, and what a step of an axis buys.

#include "space/search_space.hpp"

#include <string>
#include <vector>

namespace cleave {

/// Of all points' frontiers of one model.
struct Extent {
  DesignFigures best{kCannot, kCannot, kCannot};
  DesignFigures worst{0, 0, 0};

  void cover(const DesignFigures& figures);
};

/// Share of the box from the best to the worst figures that a frontier, by ascending period, dominates: 1 is ideal. The
/// box has as many dimensions as there are objectives. Figures at or beyond the worst add nothing. In logarithms, so
/// that a halving counts the same everywhere.
[[nodiscard]] double hypervolume(const std::vector<DesignFigures>& frontier, const Extent& extent,
                                 Objectives objectives);

/// The least of one of the figures of a frontier that is not empty.
[[nodiscard]] double least(const std::vector<DesignFigures>& frontier, double DesignFigures::*figure);

[[nodiscard]] Extent extent_of(const DesignSpace& space, const SpaceResult& result, std::size_t model);

/// One step along an axis, everything else equal.
struct AxisStep {
  std::size_t model = 0;
  std::size_t axis = 0;
  std::size_t from = 0;           ///< position of the value; the step is to the next one
  std::size_t pairs = 0;          ///< of points that both have a plan
  double throughput_ratio = 0;    ///< medians over the pairs: of the best throughputs,
  double energy_ratio = 0;        ///< of the least energies,
  double latency_ratio = 0;       ///< of the least latencies, where that is an objective,
  double hypervolume_change = 0;  ///< of the hypervolumes (differences)
};
/// Steps with at least one pair, by model, axis and value.
[[nodiscard]] std::vector<AxisStep> sensitivity(const DesignSpace& space, const SpaceResult& result);

}  // namespace cleave
