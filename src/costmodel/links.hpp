#pragma once
/// What tensors take from device to device beside the ports.

#include <cleave/cost_table.hpp>

namespace cleave {

/// None where all devices share one fabric. A byte takes `(1 + packet_overhead_bytes / packet_bytes) / bytes_per_s`: a
/// tensor's last packet counts as full by its share.
[[nodiscard]] std::optional<LinkCost> link_cost(const Cluster& cluster);

}  // namespace cleave
