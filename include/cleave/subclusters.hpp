#pragma once
/// Which devices are worth having: the frontier of every sub-cluster, from one search.

#include <cleave/explore.hpp>

#include <cstddef>
#include <vector>

namespace cleave {

/// Some of a cluster's devices, and the best that they can do.
struct Subcluster {
  IndexVector<ClassId, int> counts;  ///< devices of each class, from 0 to all
  std::vector<std::size_t> plans;  ///< its frontier: positions in `plans` below, ascending throughput
};

/// For every vector of counts what `explore` finds on a cluster of these devices alone, over contiguous plans.
/// A device that a plan leaves unused draws no power, so a sub-cluster can do all that a smaller one can.
struct Subclusters {
  /// A plan, as part of any sub-cluster that has its devices.
  struct PlanOfSome {
    Plan plan;
    Score score;
    double bound = 0;  ///< J per inference; below the energy of every plan of this period or less
  };
  std::vector<PlanOfSome> plans;
  std::vector<Subcluster> all;  ///< all vectors of counts, the first class's count changing fastest
  std::size_t ideals = 0;       ///< downward-closed sets that the search covered (0: one linear order only)
  double elapsed_s = 0;
  bool complete = true;     ///< false: stopped by a time limit or a cancel
  bool exhaustive = false;  ///< every contiguous plan was considered: all points are proven

  /// One sub-cluster's frontier, with the weights that select its points among themselves.
  [[nodiscard]] Frontier frontier(const Subcluster& one) const;
};

/// Throws UsageError where there are more sub-clusters than can be listed.
/// Latency, time limit, cancel, threads, ideals and progress as in `explore`; nothing else of the options matters.
[[nodiscard]] Subclusters explore_subclusters(const CostTable& cost, const ExploreOptions& options = {});

}  // namespace cleave
