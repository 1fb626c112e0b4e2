#pragma once
/// Several networks on one cluster, each on devices of its own.

#include <cleave/explore.hpp>

#include <vector>

namespace cleave {

/// A network and what is asked of it.
struct JointNetwork {
  CostTable cost;
  double rate_per_s = 1;  ///< inferences
};

struct JointPoint {
  /// One per network, in order. `bound`, `gap` and `proven` of a part are about its network alone on the whole cluster.
  std::vector<FrontierPoint> parts;
  double headroom = 0;  ///< by how much all rates could be raised together: 1 is just enough
  /// At the rates asked for: dynamic energy times rate, summed, and the idle power of all powered devices.
  double power_w = 0;
};

struct JointFrontier {
  std::vector<JointPoint> points;  ///< non-dominated in (headroom, power), all rates met, by ascending headroom
  double best_headroom = 0;        ///< of any placement found, rates met or not; 0: none was found
  std::vector<bool> runs;          ///< by network: a plan of it was found, the cluster to itself
  double elapsed_s = 0;
  bool complete = true;     ///< false: stopped by a time limit or a cancel
  bool exhaustive = false;  ///< every contiguous plan of every network was considered: all points are proven
};

/// Every device works for one network at most; links that devices share have time for what all networks send together.
/// The tables must be of one cluster: the same classes and links.
/// Throws UsageError for a rate that is not positive and finite, or a cluster of too many sub-clusters.
/// Time limit, cancel, threads, ideals and progress as in `explore`; nothing else of the options matters.
[[nodiscard]] JointFrontier place_jointly(const std::vector<JointNetwork>& networks,
                                          const ExploreOptions& options = {});

}  // namespace cleave
