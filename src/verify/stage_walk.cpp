#include "verify/stage_walk.hpp"

#include "verify/shared_ways.hpp"

#include <algorithm>
#include <cmath>

namespace cleave::verify {
namespace {

/// A stage that fills the memory to the byte may seem too large by rounding, in one order of summing only.
constexpr double kMemorySlack = 1 + 1e-12;

}  // namespace

PartialPlan extended(const PartialPlan& plan, const NextStage& stage, double least_s) {
  PartialPlan longer{std::max({plan.period_s, stage.load_s, least_s}), plan.energy_j + stage.energy_j, plan.taken_s};
  for (std::size_t way = 0; way < stage.taken_s.size(); ++way) {
    longer.taken_s[way] += stage.taken_s[way];
    longer.period_s = std::max(longer.period_s, longer.taken_s[way]);
  }
  return longer;
}

void StageWalk::collect(std::uint32_t ideal, const Makers& makers, double below_s, std::vector<NextStage>& out) {
  from_ = ideal;
  ++round_;
  std::vector<Frame> stack(1);
  stack.back().ideal = ideal;
  stack.back().inside.resize(cost_.modes.size());
  while (!stack.empty()) {
    Frame& frame = stack.back();
    const auto& steps = ideals_.above(frame.ideal);
    if (frame.next == steps.size()) {
      stack.pop_back();
      continue;
    }
    const Ideals::Step step = steps[frame.next++];
    if (seen_.size() < ideals_.size()) seen_.resize(ideals_.size(), 0);
    if (seen_[step.above] == round_) continue;
    seen_[step.above] = round_;
    Frame next = grown(frame, step);
    if (!can_matter(next, below_s)) continue;
    emit(next, makers, below_s, out);
    stack.push_back(std::move(next));
  }
}

StageWalk::Frame StageWalk::grown(const Frame& frame, const Ideals::Step& step) const {
  Frame next{step.above, 0, frame.inside, frame.received, {}};
  for (const ModeId mode : cost_.modes.ids()) {
    Inside& inside = next.inside[mode.at()];
    inside.compute_s += cost_.compute_s(step.op, mode);
    inside.compute_j += cost_.compute_j(step.op, mode);
    inside.weight_bytes += cost_.weight_bytes(step.op, mode);
    inside.live_bytes = std::max(inside.live_bytes, cost_.live_bytes(step.op, mode));
  }
  for (const TensorId tensor : cost_.inputs[step.op]) {
    const OpId producer = cost_.tensors[tensor].producer;
    const bool local = producer.valid() && in_stage(step.above, producer);
    if (!local && std::find(next.received.begin(), next.received.end(), tensor) == next.received.end())
      next.received.push_back(tensor);
  }
  const auto needed_outside = [&](TensorId tensor) {
    const TensorUse& use = cost_.tensors[tensor];
    return use.leaves || std::any_of(use.consumers.begin(), use.consumers.end(),
                                     [&](OpId reader) { return !ideals_.contains(step.above, reader); });
  };
  std::copy_if(frame.made.begin(), frame.made.end(), std::back_inserter(next.made), needed_outside);
  const auto& outputs = cost_.outputs[step.op];
  std::copy_if(outputs.begin(), outputs.end(), std::back_inserter(next.made), needed_outside);
  return next;
}

bool StageWalk::can_matter(const Frame& frame, double below_s) const {
  for (const ModeId mode : cost_.modes.ids()) {
    const Inside& inside = frame.inside[mode.at()];
    const ClassCost& device = cost_.classes[cost_.modes[mode].device_class];
    if (inside.compute_s / device.most_replicas() < below_s &&
        inside.weight_bytes + inside.live_bytes <= device.memory_bytes * kMemorySlack)
      return true;
  }
  return false;
}

StageWalk::Crossing StageWalk::crossing(const Frame& frame, const Makers& makers, ModeId mode) const {
  Crossing sum;
  sum.taken_s.resize(shared_ways(cost_), 0);
  const ClassId here = cost_.modes[mode].device_class;
  const auto hold = [&](TensorId tensor) { sum.bytes += 2 * cost_.transfer_bytes(tensor, mode); };
  const auto through_port = [&](TensorId tensor, double& seconds) {
    seconds += cost_.transfer_s(tensor, mode);
    sum.energy_j += cost_.transfer_j(tensor, mode);
  };
  const auto over_shared_links = [&](TensorId tensor, ClassId from, ClassId to, double& seconds) {
    const double bytes = cost_.transfer_bytes(tensor, mode);
    const UserPassage passage = user_passage(cost_, here, bytes);
    seconds += passage.seconds;
    sum.energy_j += passage.energy_j;
    add_passages(cost_, from, to, bytes, sum.taken_s);
  };
  const bool ports = !cost_.links || cost_.links->ports;
  for (const TensorId tensor : frame.received) {
    hold(tensor);
    const bool from_user = !cost_.tensors[tensor].producer.valid();
    if (ports || from_user) through_port(tensor, sum.receive_s);
    if (!cost_.links) continue;
    if (from_user) {
      over_shared_links(tensor, ClassId(), here, sum.receive_s);
      continue;
    }
    const ClassId from = borders_.maker(from_, makers, tensor);
    const double bytes = cost_.transfer_bytes(tensor, mode);
    // No link takes forever, also for nothing.
    sum.receive_s += std::isfinite(cost_.links->s_per_byte(from, here))
                         ? cost_.links->latency_s(from, here) + bytes * cost_.links->s_per_byte(from, here)
                         : kCannot;
    sum.energy_j += bytes * cost_.links->j_per_byte(from, here);
    add_passages(cost_, from, here, bytes, sum.taken_s);
  }
  for (const TensorId tensor : frame.made) {
    hold(tensor);
    const bool leaves = cost_.tensors[tensor].leaves;
    if (ports || leaves) through_port(tensor, sum.send_s);
    if (cost_.links && leaves) over_shared_links(tensor, here, ClassId(), sum.send_s);
  }
  return sum;
}

void StageWalk::emit(const Frame& frame, const Makers& makers, double below_s, std::vector<NextStage>& out) const {
  for (const ModeId mode : cost_.modes.ids()) {
    const ModeCost& how = cost_.modes[mode];
    const ClassCost& device = cost_.classes[how.device_class];
    const Inside& inside = frame.inside[mode.at()];
    double compute_s = how.stage_launch_s + inside.compute_s;
    double energy_j = how.stage_launch_j + inside.compute_j;
    if (inside.weight_bytes > how.resident_bytes) {
      compute_s += (inside.weight_bytes - how.resident_bytes) * how.reload_s_per_byte;
      energy_j += (inside.weight_bytes - how.resident_bytes) * how.reload_j_per_byte;
    }
    if (!std::isfinite(compute_s)) continue;
    const auto [receive_s, send_s, crossing_j, crossing_bytes, taken_s] = crossing(frame, makers, mode);
    if (!std::isfinite(receive_s)) continue;
    energy_j += crossing_j;
    const double bytes = inside.weight_bytes + inside.live_bytes + crossing_bytes;
    if (bytes > device.memory_bytes * kMemorySlack) continue;
    const double port_s = device.full_duplex ? std::max(receive_s, send_s) : receive_s + send_s;
    const double busy_s = device.overlap ? std::max(compute_s, port_s) : receive_s + compute_s + send_s;
    for (int replicas = 1; replicas <= device.most_replicas(); ++replicas)
      if (busy_s / replicas < below_s)
        out.push_back({frame.ideal, how.device_class.at(), replicas, busy_s / replicas, energy_j, taken_s});
  }
}

}  // namespace cleave::verify
