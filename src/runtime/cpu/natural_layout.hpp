#pragma once
/// How values lie where they are made.

#include <cleave/graph.hpp>

namespace cleave::cpu {

/// Whether the kernel that makes `value` leaves it channels-last: convolutions and pools do, and what works element by
/// element on their results. A guess from the types of the nodes: a value that lies otherwise is reordered, as ever.
[[nodiscard]] bool made_channels_last(const Graph& graph, ValueId value);

}  // namespace cleave::cpu
