#pragma once
/// The table of solvers: each takes the same context, adds the plans it finds to the pool, and says what
/// it is sure of. `explore` runs the rows that apply, in order.

#include "search/labels/count_bounds.hpp"
#include "search/pool.hpp"

#include <cleave/explore.hpp>

#include <functional>
#include <optional>

namespace cleave {

/// What a solver may use.
struct SearchContext {
  const Problem& problem;
  const ExploreOptions& options;
  Pool& pool;
  std::function<bool()> stopped;         ///< cancelled or out of time; safe from any thread, cheap
  std::function<double()> seconds_left;  ///< until the time limit
  std::function<void(const char* phase, double fraction)> report;
};

/// The same with a share of the time that is left, so that what comes later has some.
[[nodiscard]] SearchContext within(const SearchContext& context, double share);

/// What a solver is sure of.
struct Outcome {
  bool exhaustive = false;                             ///< every contiguous plan was considered
  bool optimal = false;                                ///< every plan, contiguous or not, was considered
  double period_bound_s = 0;                           ///< no plan at all has a lesser period
  PeriodEvidence period_evidence = {};                 ///< why, where that can be said
  std::size_t ideals = 0;                              ///< downward-closed sets covered (0: no lattice was built)
  std::vector<labels::PriceBound> energy_bounds = {};  ///< on the energy of any plan at all
};

/// Chain, then lattice, from coarse to fine. Exact unless too large or stopped.
[[nodiscard]] Outcome solve_contiguous(const SearchContext& context);

/// Plans that need not be contiguous, by annealing from labels: which mode runs each operator. Sure of bounds on the
/// energy.
[[nodiscard]] Outcome solve_labels(const SearchContext& context);
/// Energy counts, and solve_local applies.
[[nodiscard]] bool labels_apply(const SearchContext& context);

/// Plans that need not be contiguous, by annealing from the plans in the pool and from partitions. Sure of nothing.
[[nodiscard]] Outcome solve_local(const SearchContext& context);
/// It is asked for, or there is a time limit and thus time to use.
[[nodiscard]] bool local_applies(const SearchContext& context);

/// A bound on the period of any plan at all, where nothing takes energy. Sure of all plans where the best one known
/// meets it.
[[nodiscard]] Outcome solve_period_bound(const SearchContext& context);
/// A plan is known, and no plan takes energy.
[[nodiscard]] bool period_bound_applies(const SearchContext& context);

/// All plans without replicas, by integer programming: the least energy under a limit on the period that is tightened
/// from plan to plan. Sure of all plans where no class replicates, there are no links and no limit on latency.
[[nodiscard]] Outcome solve_ilp(const SearchContext& context);
/// It is asked for, or there is time for it and the problem is small enough to hope that it ends.
[[nodiscard]] bool ilp_applies(const SearchContext& context);

/// For networks with too many ideals or clusters with too many counts: groups of operators, teams of devices and a
/// beam over ideals, from coarse to fine until stopped. Proves nothing.
void solve_wide(const SearchContext& context);

/// `solve` for a network with too many ideals because some operators take nothing but memory. None where that is not
/// so, or where the plans that it found for lack of better ones are not known to be the best.
[[nodiscard]] std::optional<Outcome> solve_joined(const SearchContext& context, Outcome (*solve)(const SearchContext&));

/// More than period and energy counts: latency, or which device a tensor comes from.
[[nodiscard]] bool needs_trail(const SearchContext& context);
/// From coarse to fine as well, with latency and link matrices. Exact unless too large or stopped.
[[nodiscard]] Outcome solve_trail(const SearchContext& context);

}  // namespace cleave
