#pragma once
/// How long tensors take from stage to stage, for the simulator.

#include <cleave/plan.hpp>

namespace cleave {

/// On the shared links between the user and a device, either way.
[[nodiscard]] inline double user_way_s(const CostTable& cost, TensorId tensor, ModeId mode) {
  double seconds = 0;
  if (cost.links)
    for (const SharedLinkCost& link : cost.links->shared)
      if (link.member[cost.modes[mode].device_class])
        seconds += link.latency_s + cost.transfer_bytes(tensor, mode) * link.s_per_byte;
  return seconds;
}

/// Until a stage of mode `to` has the tensor, from the user where `from` is invalid. Infinite without a link.
[[nodiscard]] inline double arrival_s(const CostTable& cost, TensorId tensor, ModeId from, ModeId to) {
  const bool linked = cost.links && from.valid();
  const double port_s = linked && !cost.links->ports ? 0 : cost.transfer_s(tensor, to);
  if (!linked) return port_s + user_way_s(cost, tensor, to);
  const ClassId there = cost.modes[from].device_class;
  const ClassId here = cost.modes[to].device_class;
  const double s_per_byte = cost.links->s_per_byte(there, here);
  if (s_per_byte == kCannot) return kCannot;
  return port_s + cost.links->latency_s(there, here) + cost.transfer_bytes(tensor, to) * s_per_byte;
}

/// Until it has left the device of its maker: at once where others pull it over their links.
[[nodiscard]] inline double departure_s(const CostTable& cost, TensorId tensor, ModeId from) {
  const bool pulled = cost.links && !cost.links->ports && !cost.tensors[tensor].leaves;
  if (pulled) return 0;
  return cost.transfer_s(tensor, from) + (cost.tensors[tensor].leaves ? user_way_s(cost, tensor, from) : 0);
}

}  // namespace cleave
