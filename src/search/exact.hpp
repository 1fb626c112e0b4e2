#pragma once
/// The exact engine: every non-dominated (period, energy) over contiguous plans, by dynamic
/// programming over ideals and usage counts.

#include "search/lattice.hpp"
#include "search/stage_outlook.hpp"

#include <cleave/explore.hpp>

#include <functional>
#include <vector>

namespace cleave {

struct ExactResult {
  std::vector<Plan> plans;           ///< all that are non-dominated and not dominated by the incumbents
  std::vector<DevicePrices> prices;  ///< that bounded best; a start for a larger search of the same devices
  bool finished = true;              ///< false: stopped before the end, `plans` is empty
};

/// Stages begin and end at the ideals of `cuts` only (both ends of the lattice among them).
/// `incumbents` are scores of known plans; only what they do not dominate is looked for.
/// `give_up` is polled and must be safe to call from any thread. `prices`: those of a search with fewer cuts.
/// `hand_on`: a larger search will start from the prices of this one, so that good ones are worth more than they are
/// here. Elsewhere small problems do without any.
/// `least_s`: no contiguous plan has a lesser period.
[[nodiscard]] ExactResult solve_exact(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts,
                                      const std::vector<Score>& incumbents, const std::function<bool()>& give_up,
                                      const std::function<void(double)>& on_progress,
                                      const std::vector<DevicePrices>& prices = {}, bool hand_on = false,
                                      double least_s = 0);

}  // namespace cleave
