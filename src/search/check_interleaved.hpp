#pragma once
/// What the checker knows about interleaved plans. As check.cpp it shares nothing with the search or with evaluate.

#include <cleave/plan.hpp>

#include <cstddef>
#include <vector>

namespace cleave {

/// No order of the stages lets all data flow forward. `stage_of` is by operator.
[[nodiscard]] bool flow_has_circle(const CostTable& cost, std::size_t stages, const std::vector<std::size_t>& stage_of);

/// When the last pass of one batch has sent its results, nothing else in the pipeline.
[[nodiscard]] double longest_path_of_passes_s(const CostTable& cost, const Plan& plan,
                                              const std::vector<std::size_t>& stage_of);

}  // namespace cleave
