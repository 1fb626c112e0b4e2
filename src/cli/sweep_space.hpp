#pragma once
/// cleave sweep --vary: the frontier over a space of designs.

#include "cli/search_options.hpp"
#include "cli/session.hpp"
#include "space/search_space.hpp"

#include <string>
#include <vector>

namespace cleave::cli {

/// What `sweep` was told about its space.
struct SpaceRequest {
  std::string file = {};                     ///< a space file; its axes come first
  std::vector<std::string> vary = {};        ///< "NAME=VALUES"
  std::vector<std::int64_t> batches = {1};   ///< more than one: an axis
  std::vector<std::string> precisions = {};  ///< any: an axis
  SpaceLimits limits = {};
  bool resume = false;
  bool status = false;
  std::string method = "exhaustive";
  std::size_t searches = 200;  ///< of nsga2, at most
  bool full = false;           ///< search what cannot be on the frontier too
  bool frontier_only = false;  ///< search nothing but the frontier

  /// Nothing of it was asked for.
  [[nodiscard]] bool empty() const {
    return file.empty() && vary.empty() && batches.size() == 1 && precisions.empty() && limits.none();
  }
};

/// Writes `pareto.csv`, `points.csv`, `sensitivity.csv`, plans and a page to `folder`; the value is the exit code.
/// Throws InfeasibleError where no point has a plan.
[[nodiscard]] int sweep_space(const Session& session, const std::vector<std::string>& models,
                              const SearchOptions& search, const SpaceRequest& request, const std::string& folder);

}  // namespace cleave::cli
