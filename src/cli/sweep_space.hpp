#pragma once
/// cleave sweep --vary: the frontier over a space of designs.

#include "cli/session.hpp"
#include "space/search_space.hpp"

#include <string>
#include <vector>

namespace cleave::cli {

/// What `sweep` was told about its space.
struct SpaceRequest {
  std::vector<std::string> vary;        ///< "NAME=VALUES"
  std::vector<std::int64_t> batches;    ///< more than one: an axis
  std::vector<std::string> precisions;  ///< any: an axis
  SpaceLimits limits;
  bool resume = false;
  bool status = false;
  bool full = false;  ///< search what cannot be on the frontier too

  /// Nothing of it was asked for.
  [[nodiscard]] bool empty() const {
    return vary.empty() && batches.size() == 1 && precisions.empty() && limits.power_w == kCannot &&
           limits.latency_s == kCannot && limits.devices == 0;
  }
};

/// Writes `pareto.csv`, `points.csv`, `sensitivity.csv`, plans and a page to `folder`; the value is the exit code.
/// Throws InfeasibleError where no point has a plan.
[[nodiscard]] int sweep_space(const Session& session, const std::vector<std::string>& models,
                              const std::string& cluster, const SpaceRequest& request, double time_limit_s,
                              const std::string& folder);

}  // namespace cleave::cli
