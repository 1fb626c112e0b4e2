#pragma once
/// Virtual time for interleaved plans, whose stages cannot be played one after the other.
///
/// Every device works in a fixed order: by `batch + lag x level`, where receiving, computing and sending of a pass at
/// depth d have the levels 3d, 3d + 1 and 3d + 2 (a device that does one thing at a time: all 3d), deeper first. A pass
/// begins when the pass of its stage before and all passes that it reads from have sent. What anything waits for is
/// at a lower level, by `lag` batches, and no stage has more than `lag` replicas: a device whose turn it is to wait is
/// early by more than the work of a turn, so that every stage settles at the pace of the busiest one.

#include <cleave/runtime.hpp>

namespace cleave {

/// Time of one batch through the empty pipeline.
[[nodiscard]] double interleaved_makespan_s(const CostTable& cost, const Plan& plan);
/// By batch, stage and time.
[[nodiscard]] std::vector<TraceEvent> interleaved_events(const CostTable& cost, const Plan& plan, std::size_t batches);

}  // namespace cleave
