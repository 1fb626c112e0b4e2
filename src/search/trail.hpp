#pragma once
/// The exact engine of three objectives: every non-dominated (period, energy, latency) over contiguous plans,
/// by dynamic programming over ideals and usage counts. With link matrices it is the exact one of two as well.

#include "search/lattice.hpp"
#include "search/trail_outlook.hpp"

#include <functional>
#include <vector>

namespace cleave {

struct TrailTask {
  const CostTable& cost;
  const Lattice& lattice;
  const std::vector<bool>& cuts;  ///< by ideal: stages begin and end at these only (both ends among them)
  std::vector<Known> known = {};  ///< only what these do not dominate is looked for
  Ceiling ceiling = {kCannot, kCannot, kCannot};
  bool timed = true;  ///< latency counts
  /// Keep plans that others beat on more devices of some class: those that are non-dominated among the plans on
  /// exactly their devices, before idling counts. For this nothing may be known, and there is no ceiling.
  bool by_devices = false;
  /// Only plans that use every device are looked for: the others are known.
  bool all_devices = false;
  std::size_t max_labels = 20'000'000;
  std::function<bool()> give_up = [] { return false; };  ///< safe to call from any thread
  std::function<void(double)> on_progress = [](double) {};
};

struct TrailResult {
  std::vector<Plan> plans;  ///< all that are non-dominated, not dominated by known ones, and below the ceiling
  bool finished = true;     ///< false: stopped, or too many labels; `plans` is empty
};

[[nodiscard]] TrailResult solve_trail(const TrailTask& task);

}  // namespace cleave
