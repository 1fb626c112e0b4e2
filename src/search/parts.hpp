#pragma once
/// The frontiers of some parts of a cluster, from one run that prunes by what is known of each.

#include <cleave/explore.hpp>

#include <functional>
#include <optional>
#include <vector>

namespace cleave {

/// Plans of parts of a cluster.
struct PartsPlans {
  struct One {
    Plan plan;
    Score score;
    std::vector<int> used;  ///< devices of each class
  };
  std::vector<One> plans;
  bool finished = true;  ///< false: stopped before the end; these are the plans that were known by then
};

/// Plans that hold the exact (period, energy) frontier, over contiguous plans, of each of `parts`: vectors of counts,
/// of which one is the whole cluster's. None where that needs more memory than there is, or a search that this is not:
/// links, nothing that takes energy, too many ideals or parts.
[[nodiscard]] std::optional<PartsPlans> solve_parts(const CostTable& cost, const std::vector<std::vector<int>>& parts,
                                                    const ExploreOptions& options,
                                                    const std::function<bool()>& give_up);

}  // namespace cleave
