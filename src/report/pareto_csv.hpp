#pragma once
/// `pareto.csv`: one row per point of a frontier, fastest last.

#include "report/plan_file.hpp"

#include <string>

namespace cleave {

/// The header line; columns may be added at the end, never moved.
[[nodiscard]] std::string pareto_header();

/// One line. `plan` is the path of its plan file relative to the CSV.
[[nodiscard]] std::string pareto_row(const Setting& setting, const FrontierPoint& point, const std::string& plan);

}  // namespace cleave
