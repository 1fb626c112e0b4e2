#pragma once
/// Virtual time for interleaved plans, whose stages cannot be played one after the other.
///
/// Every device works in the order of PassOrder; a port that works beside its compute unit has a turn of its own for
/// what is received, and one for what is sent. A pass begins when the pass of its stage before and all passes that it
/// reads from have sent.

#include <cleave/runtime.hpp>

namespace cleave {

/// Time of one batch through the empty pipeline.
[[nodiscard]] double interleaved_makespan_s(const CostTable& cost, const Plan& plan);
/// Between results once every pass takes its turn, over whole turns.
[[nodiscard]] double interleaved_period_s(const CostTable& cost, const Plan& plan);
/// By batch, stage and time.
[[nodiscard]] std::vector<TraceEvent> interleaved_events(const CostTable& cost, const Plan& plan, std::size_t batches);

}  // namespace cleave
