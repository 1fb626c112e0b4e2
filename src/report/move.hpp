#pragma once
/// Why a plan is as it is: its bottleneck, and what small changes would do.

#include "report/plan_file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// The score of `plan` with `op` moved from stage `stage` to the one before (-1) or after (+1).
/// None where that would not be legal: data would flow backwards, the device cannot run or hold it.
[[nodiscard]] std::optional<Score> score_after_move(const CostTable& cost, const Plan& plan, OpId op, std::size_t stage,
                                                    int direction);

/// "stage 2 on npu: computing takes 4.1 ms of its 4.1 ms".
[[nodiscard]] std::string bottleneck(const Setting& setting, const Plan& plan, const Score& score);

/// One line per operator and device where it cannot run, with the reason.
[[nodiscard]] std::vector<std::string> cannot_run(const Setting& setting);

}  // namespace cleave
