#pragma once
/// The frontier over all points of a design space.

#include "report/plan_file.hpp"
#include "space/design.hpp"
#include "space/figures.hpp"
#include "space/ranks.hpp"
#include "space/sources.hpp"
#include "space/totals.hpp"

#include <cleave/explore.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What plans, or the devices of a point, must keep to; what exceeds one is left out. Those on latency and devices are
/// exact: the frontier is that of the plans within them.
struct SpaceLimits {
  double power_w =
      kCannot;  ///< of plans on that frontier, at full speed; slower plans that these dominate are not found
  double latency_s = kCannot;
  int devices = 0;            ///< 0: any number
  double cost_usd = kCannot;  ///< of all devices of a point, used or not
  double area_mm2 = kCannot;

  [[nodiscard]] bool none() const {
    return power_w == kCannot && latency_s == kCannot && devices == 0 && cost_usd == kCannot && area_mm2 == kCannot;
  }
};

/// How far a search is.
struct SpaceProgress {
  std::size_t points = 0;  ///< in all
  std::size_t done = 0;
  std::size_t plans = 0;  ///< on the frontiers so far
  double hypervolume =
      0;  ///< of the frontier so far, between the figures so far; the mean over the models that have one
};

/// Which points are looked at.
enum class SpaceMethod {
  exhaustive,  ///< all
  nsga2,       ///< those that evolution leads to; proves nothing about the others
};

struct SpaceOptions {
  SpaceLimits limits = {};
  Objectives objectives = {};
  SpaceMethod method = SpaceMethod::exhaustive;
  Nsga2Options evolution = {};
  bool prune = true;                  ///< leave out groups that are no better than another one in anything
  bool frontier_only = false;         ///< of the points only what is on the frontier of all; needs no limits
  double time_limit_s = kCannot;      ///< of the whole
  std::filesystem::path ledger = {};  ///< folder that keeps what was found; empty: none
  bool resume = false;                ///< what the ledger has counts
  bool search = true;                 ///< false: only what the ledger has
  Rank rank = {};                     ///< processes share a ledger; the first one merges
  int threads = 0;
  std::stop_token stop = {};
  std::function<void(const SpaceProgress&)> on_progress = {};  ///< after each group, from one thread at a time
};

enum class PointState { kept, dominated, pruned, infeasible, quarantined, not_reached };
[[nodiscard]] std::string_view name_of(PointState state);

/// What became of a point.
struct PointOutcome {
  PointState state = PointState::not_reached;
  std::string reason = {};  ///< why it is infeasible, pruned, or quarantined, or has not all of its plans
  bool stopped = false;     ///< so was its search: its plans are those that were found by then
  std::vector<DesignFigures> frontier =
      {};  ///< its own, within the limits, by ascending period, then energy, then latency
  Totals totals = {};
  std::string_view energy_origin = {};  ///< of its devices; empty where it is no design
};

/// A plan of the frontier, and the point that has it.
struct SpacePlan {
  std::size_t point = 0;
  FrontierPoint plan = {};  ///< its modes are those of the point's own cluster
};

struct SpaceResult {
  std::vector<PointOutcome> points;               ///< by number (DesignIndex)
  std::vector<std::vector<SpacePlan>> frontiers;  ///< by model; ascending throughput, weights assigned
  std::size_t searches = 0;                       ///< as many as there are groups that were reached, or begun
  double elapsed_s = 0;
  double pricing_s = 0;  ///< of these: reading networks and clusters, and pricing them
  bool complete = true;
  Objectives objectives = {};
  bool limited = false;  ///< proofs are about plans within the limits on latency and devices
  bool figures = true;   ///< points have frontiers of their own: more than the common one was searched for
  bool merged = true;    ///< false: this process is not the first; it did its share
  std::shared_ptr<Sources> sources = {};  ///< what was read for it
};

/// With `frontier_only` only plans that may be on the frontier are looked for, beyond those that are known already, in
/// each group at once: the figures of other points, and of kept ones off the frontier, are not found.
///
/// Otherwise every point is searched exactly, over contiguous plans; points that differ in counts of devices alone
/// share one search, or with latency as an objective, or links, what smaller ones of them have found. A group whose
/// every cost is at least that of another one is pruned: with the same counts the other's plans dominate; where latency
/// is limited or an objective it must be of the same batch, as a larger one takes longer. Under a limit on power, cost
/// or area, which a better one may exceed, nothing is pruned. Of equal plans that of the first point that is not pruned
/// stays. The same for any number of threads, unless it is stopped: then points whose search was begun have the plans
/// that were found by then, and are searched again when it is resumed. Throws what reading models and clusters throws.
[[nodiscard]] SpaceResult search_space(const DesignSpace& space, const SpaceOptions& options = {});

}  // namespace cleave
