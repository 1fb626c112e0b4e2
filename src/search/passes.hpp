#pragma once
/// Interleaved plans: a stage works at a batch in passes, one for each depth of its operators.

#include "search/stage_cost.hpp"

namespace cleave {

/// Data flows in a circle between the stages.
[[nodiscard]] bool flows_in_circle(const CostTable& cost, const Plan& plan, const Homes& home);

/// One batch through the empty pipeline, pass by pass: a pass receives what it is the first of its stage
/// to read, computes (the first also launches and reloads), and sends what leaves; it begins when the
/// pass of its stage before and all passes that it reads from have sent. `sums` are those of plan_sums.
[[nodiscard]] double interleaved_latency_s(const CostTable& cost, const Plan& plan, const Homes& home,
                                           const std::vector<StageSums>& sums);

}  // namespace cleave
