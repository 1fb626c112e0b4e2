#include "costmodel/links.hpp"

namespace cleave {
namespace {

LinkCost unconnected(std::size_t classes) {
  return {.latency_s = {classes, classes, 0.0},
          .s_per_byte = {classes, classes, kCannot},
          .j_per_byte = {classes, classes, 0.0}};
}

void connect(LinkCost& cost, ClassId one, ClassId other, const Wire& wire) {
  const double overhead = wire.packet_bytes.value > 0 ? wire.packet_overhead_bytes.value / wire.packet_bytes.value : 0;
  for (const auto& [from, to] : {std::pair(one, other), std::pair(other, one)}) {
    cost.latency_s(from, to) = wire.latency_s.value;
    cost.s_per_byte(from, to) = (1 + overhead) / wire.bytes_per_s.value;
    cost.j_per_byte(from, to) = (1 + overhead) * wire.j_per_byte.value;
  }
}

}  // namespace

std::optional<LinkCost> link_cost(const Cluster& cluster) {
  const auto ids = cluster.classes.ids();
  if (cluster.links.empty() && (cluster.classes.empty() || cluster.classes[ClassId(0)].host.empty()))
    return std::nullopt;
  LinkCost cost = unconnected(cluster.classes.size());
  for (const Link& link : cluster.links) connect(cost, link.one, link.other, link.wire);
  if (!cluster.links.empty()) return cost;
  cost.ports = true;
  for (const ClassId one : ids)
    for (const ClassId other : ids) {
      const std::string& here = cluster.classes[one].host;
      const std::string& there = cluster.classes[other].host;
      if (here == there) cost.s_per_byte(one, other) = 0;
      for (const HostNetwork& network : cluster.networks)
        if (here == network.one && there == network.other) connect(cost, one, other, network.wire);
    }
  return cost;
}

}  // namespace cleave
