#include "runtime/stage_times.hpp"

#include "runtime/moving_time.hpp"

namespace cleave {
namespace {

double reload_s(const CostTable& cost, const Stage& stage) {
  double weight_bytes = 0;
  for (const OpId op : stage.operators) weight_bytes += cost.weight_bytes(op, stage.mode);
  const ModeCost& mode = cost.modes[stage.mode];
  return weight_bytes > mode.resident_bytes ? (weight_bytes - mode.resident_bytes) * mode.reload_s_per_byte : 0;
}

double compute_s(const CostTable& cost, const Stage& stage) {
  double seconds = cost.modes[stage.mode].stage_launch_s + reload_s(cost, stage);
  for (const OpId op : stage.operators) seconds += cost.compute_s(op, stage.mode);
  return seconds;
}

using Homes = IndexVector<OpId, std::size_t>;  ///< the stage of each operator

Homes homes(const CostTable& cost, const Plan& plan) {
  Homes home(cost.operator_count());
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (const OpId op : plan.stages[s].operators) home[op] = s;
  return home;
}

/// Books one tensor: sent once by its producer, received once by each other stage that reads it.
void move_tensor(const CostTable& cost, const Plan& plan, const Homes& home, TensorId tensor,
                 std::vector<StageTimes>& times) {
  const TensorUse& use = cost.tensors[tensor];
  std::set<std::size_t> readers;
  for (const OpId op : use.consumers) readers.insert(home[op]);
  if (use.producer.valid()) {
    const std::size_t from = home[use.producer];
    readers.erase(from);
    if (use.leaves || !readers.empty()) times[from].send_s += departure_s(cost, tensor, plan.stages[from].mode);
    for (const std::size_t reader : readers) times[reader].producers.insert(from);
  }
  const ModeId maker = use.producer.valid() ? plan.stages[home[use.producer]].mode : ModeId();
  for (const std::size_t reader : readers)
    times[reader].receive_s += arrival_s(cost, tensor, maker, plan.stages[reader].mode);
}

}  // namespace

std::vector<StageTimes> stage_times(const CostTable& cost, const Plan& plan) {
  std::vector<StageTimes> times;
  for (const Stage& stage : plan.stages) {
    const ClassCost& device = cost.classes[cost.modes[stage.mode].device_class];
    times.push_back({.compute_s = compute_s(cost, stage),
                     .replicas = static_cast<std::size_t>(stage.replicas),
                     .overlap = device.overlap,
                     .full_duplex = device.full_duplex,
                     .producers = {}});
  }
  const Homes home = homes(cost, plan);
  for (const TensorId tensor : cost.tensors.ids()) move_tensor(cost, plan, home, tensor, times);
  return times;
}

}  // namespace cleave
