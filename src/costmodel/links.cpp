#include "costmodel/links.hpp"

#include <algorithm>

namespace cleave {
namespace {

LinkCost unconnected(std::size_t classes) {
  return {.latency_s = {classes, classes, 0.0},
          .s_per_byte = {classes, classes, kCannot},
          .j_per_byte = {classes, classes, 0.0}};
}

/// What a byte is on the wire, packets included.
double packed(const Wire& wire) {
  return 1 + (wire.packet_bytes.value > 0 ? wire.packet_overhead_bytes.value / wire.packet_bytes.value : 0);
}

void connect(LinkCost& cost, ClassId one, ClassId other, const Wire& wire) {
  for (const auto& [from, to] : {std::pair(one, other), std::pair(other, one)}) {
    cost.latency_s(from, to) = wire.latency_s.value;
    cost.s_per_byte(from, to) = packed(wire) / wire.bytes_per_s.value;
    cost.j_per_byte(from, to) = packed(wire) * wire.j_per_byte.value;
  }
}

SharedLinkCost shared_cost(const SharedLink& link, std::size_t classes) {
  SharedLinkCost cost{.latency_s = link.wire.latency_s.value,
                      .s_per_byte = packed(link.wire) / link.wire.bytes_per_s.value,
                      .j_per_byte = packed(link.wire) * link.wire.j_per_byte.value,
                      .full_duplex = link.full_duplex,
                      .inside = link.inside,
                      .member = IndexVector<ClassId, char>(classes, 0)};
  for (const ClassId member : link.members) cost.member[member] = 1;
  return cost;
}

/// It is a way by itself between its members.
void join(LinkCost& cost, const SharedLinkCost& link) {
  for (const ClassId from : link.member.ids())
    for (const ClassId to : link.member.ids())
      if (link.inside > 0 && link.member[from] && link.member[to] && cost.s_per_byte(from, to) == kCannot)
        cost.s_per_byte(from, to) = 0;
}

/// Adds what a shared link takes to the ways that lead over it.
void pass(LinkCost& cost, const SharedLinkCost& link) {
  for (const ClassId from : link.member.ids())
    for (const ClassId to : link.member.ids()) {
      const int times = link.member[from] && link.member[to] ? link.inside : link.member[from] || link.member[to];
      if (times == 0) continue;
      cost.latency_s(from, to) += times * link.latency_s;
      cost.s_per_byte(from, to) += times * link.s_per_byte;
      cost.j_per_byte(from, to) += times * link.j_per_byte;
    }
}

/// Without the shared ones.
LinkCost between_devices(const Cluster& cluster) {
  const auto ids = cluster.classes.ids();
  LinkCost cost = unconnected(cluster.classes.size());
  if (cluster.links) {
    for (const Link& link : *cluster.links) connect(cost, link.one, link.other, link.wire);
    return cost;
  }
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

}  // namespace

std::optional<LinkCost> link_cost(const Cluster& cluster) {
  const bool hosts = !cluster.classes.empty() && !cluster.classes[ClassId(0)].host.empty();
  const bool all_idle = std::all_of(cluster.shared_links.begin(), cluster.shared_links.end(),
                                    [](const SharedLink& link) { return link.members.empty(); });
  if (!cluster.links && !hosts && all_idle) return std::nullopt;
  LinkCost cost = between_devices(cluster);
  for (const SharedLink& link : cluster.shared_links) cost.shared.push_back(shared_cost(link, cluster.classes.size()));
  for (const SharedLinkCost& link : cost.shared) join(cost, link);
  for (const SharedLinkCost& link : cost.shared) pass(cost, link);
  return cost;
}

}  // namespace cleave
