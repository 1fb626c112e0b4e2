#pragma once
/// Virtual time where devices share links: transfers queue for them.

#include <cleave/runtime.hpp>

namespace cleave {

/// `batches` batches that are all there at time 0, with unbounded queues between stages; whoever asks for a shared link
/// first has it first. Events by batch, stage and time. Precondition: there are shared links, and data flows in no
/// circle.
[[nodiscard]] std::vector<TraceEvent> shared_events(const CostTable& cost, const Plan& plan, std::size_t batches);

}  // namespace cleave
