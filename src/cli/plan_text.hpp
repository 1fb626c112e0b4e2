#pragma once
/// Plans for people.

#include "report/plan_file.hpp"

#include <string>

namespace cleave::cli {

/// The score in one line, then a row per stage.
[[nodiscard]] std::string plan_text(const Setting& setting, const FrontierPoint& point);

/// A row per baseline, with how much better the plan is.
[[nodiscard]] std::string baselines_text(const Setting& setting, const FrontierPoint& point,
                                         const std::vector<Baseline>& baselines);

/// The frontier, a row per point.
[[nodiscard]] std::string frontier_text(const Setting& setting, const Frontier& frontier);

}  // namespace cleave::cli
