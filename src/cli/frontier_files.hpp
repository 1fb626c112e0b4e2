#pragma once
/// What a sweep of frontiers writes.

#include "report/plan_file.hpp"
#include "report/uncertainty.hpp"

#include <cleave/subclusters.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cleave::cli {

/// A network's frontier, and what was asked for besides.
struct Swept {
  Setting setting;
  Frontier frontier;
  std::string slug;      ///< what its plan files start with
  bool latency = false;  ///< an objective
  std::optional<Subclusters> subclusters = {};
  std::string certificate = {};                  ///< content of its file; empty: not asked for
  std::vector<PointUncertainty> uncertain = {};  ///< of each point; empty: not asked for
};

/// Writes everything, then removes the files that an earlier sweep left and this one did not replace.
/// `subclusters`, `uncertain`: whether those were asked for. `complete`: `all` has all networks that were asked for,
/// not only those before an interruption or without a failure; else what is there of others stays.
void write_frontiers(const std::vector<Swept>& all, const std::filesystem::path& folder, bool subclusters,
                     bool uncertain, bool complete);

/// What was written and found, for scripts.
[[nodiscard]] std::string frontiers_json(const std::vector<Swept>& all, const std::filesystem::path& folder);

}  // namespace cleave::cli
