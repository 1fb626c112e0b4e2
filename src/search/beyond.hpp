#pragma once
/// What a cluster adds to what others can do already.

#include "search/known.hpp"

#include <cleave/explore.hpp>

#include <vector>

namespace cleave {

struct Beyond {
  std::vector<FrontierPoint> points;  ///< by ascending period; without weights
  bool complete = true;               ///< false: stopped before the end
};

/// Figures that come from anywhere, and in which order is chance, count as this much worse, relative: then which plans
/// are found that belong to the frontier of many clusters together does not depend on what was known.
inline constexpr double kElsewhere = 1e-9;

/// What is asked, beside the costs.
struct BeyondQuestion {
  std::vector<Known> known = {};  ///< period and energy of an inference, latency of a batch
  double margin = kElsewhere;     ///< plans that known figures dominate by more than this are not looked for
  Limits limits = {};
};

/// The contiguous plans on the frontier of a cluster that nothing known dominates: of (period, energy), or with
/// `options.latency` of (period, energy, latency). What is known only makes the search shorter. Time limit, cancel,
/// threads and ideals as in `explore`.
[[nodiscard]] Beyond search_beyond(const CostTable& cost, const BeyondQuestion& question,
                                   const ExploreOptions& options);

}  // namespace cleave
