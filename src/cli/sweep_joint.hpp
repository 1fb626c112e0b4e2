#pragma once
/// cleave sweep --rate: several networks on one cluster, each on devices of its own.

#include "cli/search_options.hpp"

#include <string>
#include <vector>

namespace cleave::cli {

/// `rates_per_s` are inferences per second, one per model. Writes `pareto.csv` and plans to `folder`; the value is
/// the exit code. Throws InfeasibleError where the rates cannot be met.
[[nodiscard]] int sweep_jointly(const Session& session, const SearchOptions& search,
                                const std::vector<std::string>& models, const std::vector<double>& rates_per_s,
                                const std::string& folder);

}  // namespace cleave::cli
