#pragma once
/// The problem of free plans as a mixed-integer program: which operator runs in which slot. One slot per mode and
/// device; no replicas, no direct links.

#include <cleave/plan.hpp>

#include <functional>
#include <optional>
#include <vector>

namespace cleave {

/// The search for a plan of least energy, or of least period where there are no joules, under a limit on the period.
struct FreeProgramOptions {
  double period_s = 0;      ///< plans of at most this period; finite and positive
  bool energy = true;       ///< minimise the energy, else the period
  double most_j = kCannot;  ///< per batch: only plans that take no more are of interest
  double time_limit_s = kCannot;
  std::function<bool()> stopped;           ///< polled at every node
  std::function<void(double gap)> on_gap;  ///< of the best plan so far and the best that may be left, relative
};

struct FreeProgramResult {
  std::optional<Plan> plan;  ///< the best that was found
  bool finished = false;     ///< it is the best there is, or there is none, to a relative 1e-6
  double bound = 0;          ///< of the objective (J per batch, or s), where not finished
};

/// The program covers all plans of the problem: no class replicates, no links.
[[nodiscard]] bool covers_all_plans(const CostTable& cost);
/// Decisions to be made: what the effort grows with.
[[nodiscard]] std::size_t decisions(const CostTable& cost);

[[nodiscard]] FreeProgramResult solve_free_program(const CostTable& cost, const FreeProgramOptions& options);

}  // namespace cleave
