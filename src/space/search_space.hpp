#pragma once
/// The frontier over all points of a design space.

#include "report/plan_file.hpp"
#include "space/design.hpp"
#include "space/ranks.hpp"

#include <cleave/explore.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What plans must keep to; what exceeds one is left out.
struct SpaceLimits {
  double power_w = kCannot;
  double latency_s = kCannot;
  int devices = 0;  ///< 0: any number
};

struct SpaceOptions {
  SpaceLimits limits = {};
  bool prune = true;                  ///< leave out groups that are no better than another one in anything
  double time_limit_s = kCannot;      ///< of the whole
  std::filesystem::path ledger = {};  ///< folder that keeps what was found; empty: none
  bool resume = false;                ///< what the ledger has counts
  bool search = true;                 ///< false: only what the ledger has
  Rank rank = {};                     ///< processes share a ledger; the first one merges
  int threads = 0;
  std::stop_token stop = {};
  /// After each group: points done, points of the frontier so far.
  std::function<void(std::size_t done, std::size_t frontier)> on_progress = {};
};

/// A plan's figures per inference.
struct Figures {
  double period_s = 0;
  double energy_j = 0;
};

enum class PointState { kept, dominated, pruned, infeasible, not_reached };
[[nodiscard]] std::string_view name_of(PointState state);

/// What became of a point.
struct PointOutcome {
  PointState state = PointState::not_reached;
  std::string reason = {};             ///< why it is infeasible, or pruned
  std::vector<Figures> frontier = {};  ///< its own, within the limits, by ascending period
};

/// A plan of the frontier, and the point that has it.
struct SpacePlan {
  std::size_t point = 0;
  FrontierPoint plan = {};  ///< its modes are those of the point's own cluster
};

struct SpaceResult {
  std::vector<PointOutcome> points;               ///< by number (DesignIndex)
  std::vector<std::vector<SpacePlan>> frontiers;  ///< by model; ascending throughput, weights assigned
  std::size_t searches = 0;                       ///< as many as there are groups that were reached
  double elapsed_s = 0;
  bool complete = true;
  bool merged = true;  ///< false: this process is not the first; it did its share
};

/// Every point is searched exactly, over contiguous plans; points that differ in counts of devices alone share one
/// search. A group whose every cost is at least that of another one is pruned: with the same counts the other's plans
/// dominate. Under a limit on power, which a better plan may exceed, nothing is pruned. Of equal plans the first
/// point's stays. The same for any number of threads. Throws what reading models and clusters throws.
[[nodiscard]] SpaceResult search_space(const DesignSpace& space, const SpaceOptions& options = {});

}  // namespace cleave
