#include "search/stage_cost.hpp"

#include "search/shared_links.hpp"

#include <cmath>

namespace cleave {
namespace {

/// Time per batch that one device of the class is taken, from its three phases.
double occupied_s(const ClassCost& device, const StageScore& score) {
  if (!device.overlap) return score.receive_s + score.compute_s + score.send_s;
  const double port_s = device.full_duplex ? std::max(score.receive_s, score.send_s) : score.receive_s + score.send_s;
  return std::max(score.compute_s, port_s);
}

/// Of the operators that are `inside`, all of whose transfers go through the port.
template <class Inside>
StageSums sums_of(const CostTable& cost, const std::vector<OpId>& operators, ModeId mode, const Inside& inside) {
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

/// Adds what every tensor costs the stages that it leaves and enters, where stages are linked directly.
void add_linked_transfers(const CostTable& cost, const Plan& plan, const Homes& home, std::vector<StageSums>& sums) {
  const auto mode_of = [&](std::size_t s) { return plan.stages[s].mode; };
  std::vector<std::size_t> readers;
  for (const TensorId tensor : cost.tensors.ids()) {
    const TensorUse& use = cost.tensors[tensor];
    readers.clear();
    for (const OpId op : use.consumers)
      if (!use.producer.valid() || home[op] != home[use.producer]) readers.push_back(home[op]);
    std::sort(readers.begin(), readers.end());
    readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    const ModeId from = use.producer.valid() ? mode_of(home[use.producer]) : ModeId();
    for (const std::size_t s : readers) {
      const Transfer in = receiving(cost, tensor, from, mode_of(s));
      sums[s].receive_s += in.seconds;
      sums[s].transfer_j += in.joules;
      sums[s].boundary_bytes += cost.transfer_bytes(tensor, mode_of(s));
    }
    if (!use.producer.valid() || (readers.empty() && !use.leaves)) continue;
    StageSums& maker = sums[home[use.producer]];
    const Transfer out = sending(cost, tensor, from);
    maker.send_s += out.seconds;
    maker.transfer_j += out.joules;
    maker.boundary_bytes += cost.transfer_bytes(tensor, from);
  }
}

}  // namespace

Transfer receiving(const CostTable& cost, TensorId tensor, ModeId from, ModeId to) {
  const Transfer port{cost.transfer_s(tensor, to), cost.transfer_j(tensor, to)};
  if (!cost.links) return port;
  if (!from.valid()) {
    const UserWay way = user_way(cost, tensor, to);
    return {port.seconds + way.seconds, port.joules + way.joules};
  }
  const ClassId a = cost.modes[from].device_class;
  const ClassId b = cost.modes[to].device_class;
  if (!std::isfinite(cost.links->s_per_byte(a, b))) return {kCannot, 0};
  const double bytes = cost.transfer_bytes(tensor, to);
  const Transfer link{cost.links->latency_s(a, b) + bytes * cost.links->s_per_byte(a, b),
                      bytes * cost.links->j_per_byte(a, b)};
  return cost.links->ports ? Transfer{port.seconds + link.seconds, port.joules + link.joules} : link;
}

Transfer sending(const CostTable& cost, TensorId tensor, ModeId from) {
  if (cost.links && !cost.links->ports && !cost.tensors[tensor].leaves) return {};
  const UserWay way = cost.tensors[tensor].leaves ? user_way(cost, tensor, from) : UserWay();
  return {cost.transfer_s(tensor, from) + way.seconds, cost.transfer_j(tensor, from) + way.joules};
}

double setup_s(const CostTable& cost, double weight_bytes, ModeId mode) {
  const ModeCost& how = cost.modes[mode];
  const double excess = weight_bytes - how.resident_bytes;
  return how.stage_launch_s + (excess > 0 ? excess * how.reload_s_per_byte : 0);
}

Homes homes(const CostTable& cost, const Plan& plan) {
  Homes home(cost.operator_count());
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (const OpId op : plan.stages[s].operators) home[op] = s;
  return home;
}

std::vector<StageSums> plan_sums(const CostTable& cost, const Plan& plan, const Homes& home) {
  std::vector<StageSums> sums;
  for (std::size_t s = 0; s < plan.stages.size(); ++s) {
    const Stage& stage = plan.stages[s];
    if (!cost.links) {
      sums.push_back(sums_of(cost, stage.operators, stage.mode, [&](OpId op) { return home[op] == s; }));
      continue;
    }
    StageSums& own = sums.emplace_back();
    for (const OpId op : stage.operators) own.add_operator(cost, op, stage.mode);
  }
  if (cost.links) add_linked_transfers(cost, plan, home, sums);
  return sums;
}

StageScore stage_score(const CostTable& cost, const StageSums& sums, ModeId mode, int replicas) {
  const ModeCost& how = cost.modes[mode];
  const ClassCost& device = cost.classes[how.device_class];
  StageScore score;
  score.compute_s = sums.compute_s + setup_s(cost, sums.weight_bytes, mode);
  score.dynamic_j = sums.compute_j + how.stage_launch_j;
  if (const double excess = sums.weight_bytes - how.resident_bytes; excess > 0)
    score.dynamic_j += excess * how.reload_j_per_byte;
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

bool runnable(const CostTable& cost) {
  for (const OpId op : cost.inputs.ids())
    if (!std::isfinite(fastest_s(cost, op))) return false;
  return true;
}

bool fits(const CostTable& cost, const StageScore& score, ModeId mode) {
  return std::isfinite(score.compute_s) &&
         score.memory_bytes <= cost.classes[cost.modes[mode].device_class].memory_bytes;
}

StageSums stage_sums(const CostTable& cost, const std::vector<OpId>& operators, ModeId mode) {
  return sums_of(cost, operators, mode,
                 [&](OpId op) { return std::binary_search(operators.begin(), operators.end(), op); });
}

}  // namespace cleave
