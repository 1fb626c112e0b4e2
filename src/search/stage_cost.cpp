#include "search/stage_cost.hpp"

#include <cmath>

namespace cleave {
namespace {

/// Time per batch that one device of the class is taken, from its three phases.
double occupied_s(const ClassCost& device, const StageScore& score) {
  if (!device.overlap) return score.receive_s + score.compute_s + score.send_s;
  const double port_s = device.full_duplex ? std::max(score.receive_s, score.send_s) : score.receive_s + score.send_s;
  return std::max(score.compute_s, port_s);
}

}  // namespace

StageScore stage_score(const CostTable& cost, const StageSums& sums, ModeId mode, int replicas) {
  const ModeCost& how = cost.modes[mode];
  const ClassCost& device = cost.classes[how.device_class];
  StageScore score;
  score.compute_s = sums.compute_s + how.stage_launch_s;
  score.dynamic_j = sums.compute_j + how.stage_launch_j;
  if (const double excess = sums.weight_bytes - how.resident_bytes; excess > 0) {
    score.compute_s += excess * how.reload_s_per_byte;
    score.dynamic_j += excess * how.reload_j_per_byte;
  }
  // Incremental sums may leave a rounding residue below zero where nothing crosses the border.
  score.receive_s = std::max(0.0, sums.receive_s);
  score.send_s = std::max(0.0, sums.send_s);
  score.transfer_j = std::max(0.0, sums.transfer_j);
  score.load_s = occupied_s(device, score) / replicas;
  score.idle_w = device.idle_w * replicas;
  score.memory_bytes = sums.weight_bytes + sums.live_bytes + 2 * std::max(0.0, sums.boundary_bytes);
  return score;
}

double fastest_s(const CostTable& cost, OpId op) {
  double least = kCannot;
  for (const ModeId mode : cost.modes.ids()) least = std::min(least, cost.compute_s(op, mode));
  return least;
}

bool fits(const CostTable& cost, const StageScore& score, ModeId mode) {
  return std::isfinite(score.compute_s) &&
         score.memory_bytes <= cost.classes[cost.modes[mode].device_class].memory_bytes;
}

StageSums stage_sums(const CostTable& cost, const std::vector<OpId>& operators, ModeId mode) {
  const auto inside = [&](OpId op) { return std::binary_search(operators.begin(), operators.end(), op); };
  StageSums sums;
  for (const OpId op : operators) {
    sums.add_operator(cost, op, mode);
    for (const TensorId tensor : cost.outputs[op]) {
      const TensorUse& use = cost.tensors[tensor];
      if (use.leaves || !std::all_of(use.consumers.begin(), use.consumers.end(), inside))
        sums.add_sent(cost, tensor, mode);
    }
    for (const TensorId tensor : cost.inputs[op]) {
      const TensorUse& use = cost.tensors[tensor];
      const bool made_here = use.producer.valid() && inside(use.producer);
      const OpId first_reader = *std::find_if(use.consumers.begin(), use.consumers.end(), inside);
      if (!made_here && first_reader == op) sums.add_received(cost, tensor, mode, +1);
    }
  }
  return sums;
}

}  // namespace cleave
