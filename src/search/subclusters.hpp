#pragma once
/// What every sub-cluster can do, from one run: plans by the devices that they use exactly.

#include "search/lattice.hpp"

#include <cleave/explore.hpp>

#include <functional>
#include <vector>

namespace cleave {

/// A plan with its score.
struct ScoredPlan {
  std::size_t code = 0;  ///< the devices that it uses (see Counts)
  double dynamic_j = 0;  ///< compute, launch, reload and transfer energy of one batch: all but idling
  Plan plan;
  Score score;
};

struct SubclusterPlans {
  std::vector<ScoredPlan> plans;  ///< by code, then by ascending period
  bool finished = true;           ///< false: stopped before the end, `plans` has what was found by then, if anything
};

/// At which paces p batches come to a plan of period P: as fast as it can take them (p = P), or at any p >= P.
enum class Pace { own, any };

/// Plans with stages between ideals of `lattice`, each with a period P and dynamic energy D, such that for any
/// contiguous plan (P', D') on devices k' there is one on devices k <= k' (in each class) with P <= P' and
///   D + p idle_w(k) <= D' + p' idle_w(k')
/// at their own paces, which is the (period, energy) frontier of every sub-cluster; or for every pace p = p' >= P',
/// which also has what takes the least power when batches arrive more slowly than the plan could sustain.
/// `give_up` is polled and must be safe to call from any thread.
[[nodiscard]] SubclusterPlans solve_subclusters(const CostTable& cost, const Lattice& lattice, Pace pace,
                                                const std::function<bool()>& give_up,
                                                const std::function<void(double)>& on_progress);

/// The same for a problem of any size.
struct SubclusterRun {
  std::vector<ScoredPlan> plans;
  std::size_t ideals = 0;   ///< 0: one linear order only
  bool exhaustive = false;  ///< every contiguous plan was considered
};

/// All ideals; where they are many, first the chain of the network's own order, whose plans remain when there are
/// too many ideals or the search is stopped. Throws UsageError for too many sub-clusters.
[[nodiscard]] SubclusterRun run_subclusters(const CostTable& cost, Pace pace, const ExploreOptions& options,
                                            const std::function<bool()>& give_up);

}  // namespace cleave
