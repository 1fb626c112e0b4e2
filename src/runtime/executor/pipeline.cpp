#include "runtime/executor/pipeline.hpp"

#include <algorithm>

namespace cleave {

namespace {

/// Batches that a stage with half duplex ports has on its devices: one in hand and one received, on each.
std::size_t received_ahead(const Plan& plan, std::span<const DevicePace> pace) {
  std::size_t most = 0;
  for (std::size_t s = 0; s < pace.size(); ++s)
    if (pace[s].overlap && !pace[s].full_duplex)
      most = std::max(most, 2 * static_cast<std::size_t>(plan.stages[s].replicas));
  return most;
}

}  // namespace

Pipeline::Pipeline(const Network& network, const Plan& plan, std::size_t queue_depth, std::span<const DevicePace> pace)
    : graph_(network.graph), routes_(make_routes(network, plan)) {
  std::size_t deepest = 0;
  for (const RoutedUnit& unit : routes_.units) deepest = std::max(deepest, unit.depth);
  order_ = pass_order(plan, deepest > 0 && std::ranges::any_of(pace, &DevicePace::overlap));
  trailing_ = std::max(deepest * order_.lag() + order_.ahead(), received_ahead(plan, pace));
  const std::size_t depth = std::max<std::size_t>(queue_depth, 1);
  const std::size_t held = pace.empty() ? 1 : 2;
  const std::size_t each_hop = depth + held * order_.turn + (order_.lag() - order_.turn);
  for (const RoutedUnit& unit : routes_.units) {
    const auto replicas = static_cast<std::size_t>(plan.stages[unit.stage].replicas);
    const std::size_t slots = unit.hops * each_hop + held * replicas - 1;
    add_rings(unit, replicas, std::max<std::size_t>(2, (slots + replicas - 1) / replicas));
  }
}

void Pipeline::add_rings(const RoutedUnit& unit, std::size_t count, std::size_t slots) {
  std::vector<Tensor> prototype;
  for (const ValueId value : unit.spec.outputs)
    prototype.emplace_back(graph_->values[value].type, graph_->values[value].shape);
  auto& rings = rings_.emplace_back();
  for (std::size_t i = 0; i < count; ++i) rings.emplace_back(slots, unit.readers, prototype);
}

bool Pipeline::wait_for(std::span<const std::size_t> producers, std::uint64_t batch, Patience patience) {
  return std::ranges::all_of(producers,
                             [&](std::size_t s) { return ring(s, batch).wait_ready(turn(s, batch), patience); });
}

std::optional<Clock::time_point> Pipeline::sent_at(std::span<const std::size_t> producers, std::uint64_t batch) {
  Clock::time_point latest = {};
  for (const std::size_t s : producers) {
    if (!ring(s, batch).ready(turn(s, batch))) return std::nullopt;
    latest = std::max(latest, ring(s, batch).sent_at(turn(s, batch)));
  }
  return latest;
}

void Pipeline::release(std::span<const std::size_t> producers, std::uint64_t batch, Clock::time_point at) {
  for (const std::size_t s : producers) ring(s, batch).release(turn(s, batch), at);
}

bool Pipeline::wait_for_room(std::size_t unit, std::uint64_t batch, Patience patience) {
  return ring(unit, batch).wait_free(turn(unit, batch), patience);
}

void Pipeline::publish(std::size_t unit, std::uint64_t batch, Clock::time_point sent_at) {
  ring(unit, batch).publish(turn(unit, batch), sent_at);
}

std::vector<Tensor>& Pipeline::outputs(std::size_t unit, std::uint64_t batch) {
  return ring(unit, batch).tensors(turn(unit, batch));
}

void Pipeline::halt() {
  for (auto& rings : rings_)
    for (Ring& each : rings) each.halt();
}

}  // namespace cleave
