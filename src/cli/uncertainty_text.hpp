#pragma once
/// Intervals of a frontier for people.

#include "report/uncertainty.hpp"

#include <string>
#include <vector>

namespace cleave::cli {

/// A row per point: how often it stays on the frontier, and what its figures may be.
[[nodiscard]] std::string uncertainty_text(const Setting& setting, const Frontier& frontier,
                                           const std::vector<PointUncertainty>& points);

}  // namespace cleave::cli
