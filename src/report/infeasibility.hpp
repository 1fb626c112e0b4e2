#pragma once
/// Why there is no plan: which resource, how much is asked, how much there is; or none that means something.

#include "report/plan_file.hpp"

#include <string>

namespace cleave {

/// One sentence for a setting on which the search found nothing; `exhaustive` tells whether it
/// considered every contiguous plan.
[[nodiscard]] std::string explain_infeasible(const Setting& setting, bool exhaustive);

/// The same when plans exist, but none within `limits`; `frontier` is the one without limits.
[[nodiscard]] std::string explain_limits(const Limits& limits, const Frontier& frontier);

/// Throws InputError for a plan of period 0: it would have infinite throughput and no power.
void refuse_without_period(const Setting& setting, const FrontierPoint& point);

}  // namespace cleave
