#pragma once
/// What a cluster adds to what others can do already.

#include <cleave/explore.hpp>

#include <vector>

namespace cleave {

/// A plan's figures, per inference.
struct Known {
  double period_s = 0;
  double energy_j = 0;
};

struct Beyond {
  std::vector<FrontierPoint> points;  ///< by ascending period; without weights
  bool complete = true;               ///< false: stopped before the end
};

/// The contiguous plans on the (period, energy) frontier of a cluster without links that no known figures dominate by
/// more than a relative 1e-9: these may come from anywhere, and only make the search shorter. So whatever is known,
/// all plans of the frontier of many clusters together are found. Time limit, cancel, threads and ideals as in
/// `explore`.
[[nodiscard]] Beyond search_beyond(const CostTable& cost, const std::vector<Known>& known,
                                   const ExploreOptions& options);

}  // namespace cleave
