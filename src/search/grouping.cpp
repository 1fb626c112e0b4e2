#include "search/grouping.hpp"

#include "search/counts.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

void sort_unique(auto& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

/// The sums of a group; what it cannot run on costs nothing else there.
void add_operator(Grouping& grouping, const CostTable& cost, OpId op, OpId group) {
  CostTable& to = grouping.cost;
  for (const ModeId mode : cost.modes.ids()) {
    to.compute_s(group, mode) += cost.compute_s(op, mode);
    const bool runs = std::isfinite(to.compute_s(group, mode));
    const auto sum = [&](double& so_far, double more) { so_far = runs ? so_far + more : 0; };
    sum(to.compute_j(group, mode), cost.compute_j(op, mode));
    sum(to.weight_bytes(group, mode), cost.weight_bytes(op, mode));
    double& live = to.live_bytes(group, mode);
    live = runs ? std::max(live, cost.live_bytes(op, mode)) : 0;
  }
}

/// A tensor that some group reads from another, or that is the network's own: the others vanish inside a group.
void add_tensor(CostTable& to, const CostTable& cost, TensorId tensor, const std::vector<std::size_t>& group_of) {
  const TensorUse& use = cost.tensors[tensor];
  TensorUse grouped{.producer = use.producer.valid() ? OpId(group_of[use.producer.at()]) : OpId(),
                    .consumers = {},
                    .leaves = use.leaves};
  for (const OpId reader : use.consumers)
    if (const OpId group(group_of[reader.at()]); !grouped.producer.valid() || group != grouped.producer)
      grouped.consumers.push_back(group);
  sort_unique(grouped.consumers);
  if (grouped.consumers.empty() && !grouped.leaves) return;
  const TensorId added(to.tensors.size());
  if (grouped.producer.valid()) to.outputs[grouped.producer].push_back(added);
  for (const OpId reader : grouped.consumers) to.inputs[reader].push_back(added);
  for (const ModeId mode : cost.modes.ids()) {
    to.transfer_s(added, mode) = cost.transfer_s(tensor, mode);
    to.transfer_j(added, mode) = cost.transfer_j(tensor, mode);
    to.transfer_bytes(added, mode) = cost.transfer_bytes(tensor, mode);
  }
  to.tensors.push_back(std::move(grouped));
}

/// The next larger team: one that leaves no device over, if there is one before twice the size.
int next_size(int size, int count) {
  for (int larger = size + 1; larger < 2 * size; ++larger)
    if (count % larger == 0) return larger;
  return 2 * size;
}

/// A stage of one team takes 1/size of the time that it takes on one device, whatever the time is spent on.
void form(CostTable& cost, ClassId device, int size) {
  const double share = 1.0 / size;
  cost.classes[device].count /= size;
  cost.classes[device].idle_w *= size;
  for (const ModeId mode : cost.modes.ids()) {
    if (cost.modes[mode].device_class != device) continue;
    cost.modes[mode].stage_launch_s *= share;
    cost.modes[mode].reload_s_per_byte *= share;
    for (const OpId op : cost.inputs.ids()) cost.compute_s(op, mode) *= share;
    for (const TensorId tensor : cost.tensors.ids()) cost.transfer_s(tensor, mode) *= share;
  }
  if (!cost.links) return;
  for (const ClassId sender : cost.classes.ids()) {  // the receiver pays
    cost.links->latency_s(sender, device) *= share;
    cost.links->s_per_byte(sender, device) *= share;
  }
}

}  // namespace

Plan Grouping::expand(const Plan& grouped) const {
  Plan plan;
  for (const Stage& stage : grouped.stages) {
    Stage whole{stage.mode, stage.replicas, {}};
    for (const OpId group : stage.operators)
      whole.operators.insert(whole.operators.end(), members[group.at()].begin(), members[group.at()].end());
    std::sort(whole.operators.begin(), whole.operators.end());
    plan.stages.push_back(std::move(whole));
  }
  return plan;
}

Grouping group(const CostTable& cost, const std::vector<std::size_t>& group_of) {
  const std::size_t groups = *std::max_element(group_of.begin(), group_of.end()) + 1;
  const std::size_t modes = cost.modes.size();
  Grouping grouping;
  grouping.members.resize(groups);
  CostTable& to = grouping.cost;
  to.batch = cost.batch;
  to.classes = cost.classes;
  to.modes = cost.modes;
  to.links = cost.links;
  to.inputs = decltype(to.inputs)(groups, {});
  to.outputs = decltype(to.outputs)(groups, {});
  for (auto* table : {&to.compute_s, &to.compute_j, &to.weight_bytes, &to.live_bytes})
    *table = Table<OpId, ModeId, double>(groups, modes, 0.0);
  for (auto* table : {&to.transfer_s, &to.transfer_j, &to.transfer_bytes})
    *table = Table<TensorId, ModeId, double>(cost.tensors.size(), modes, 0.0);
  for (const OpId op : cost.inputs.ids()) {
    grouping.members[group_of[op.at()]].push_back(op);
    add_operator(grouping, cost, op, OpId(group_of[op.at()]));
  }
  for (const TensorId tensor : cost.tensors.ids()) add_tensor(to, cost, tensor, group_of);
  return grouping;
}

Plan Teams::expand(Plan of_teams) const {
  for (Stage& stage : of_teams.stages) stage.replicas *= size[cost.modes[stage.mode].device_class];
  return of_teams;
}

Teams teams_within(const CostTable& cost, std::size_t most_codes) {
  Teams teams{cost, IndexVector<ClassId, int>(cost.classes.size(), 1)};
  IndexVector<ClassId, int> count(cost.classes.size(), 0);
  for (const ClassId device : cost.classes.ids()) count[device] = cost.classes[device].count;
  const auto codes = [&] {
    double number = 1;
    for (const ClassId device : cost.classes.ids()) number *= count[device] / teams.size[device] + 1.0;
    return number;
  };
  const auto left = [&](ClassId device) { return count[device] / teams.size[device]; };
  while (codes() > static_cast<double>(std::max<std::size_t>(1, most_codes))) {
    ClassId largest(0);
    for (const ClassId device : cost.classes.ids())
      if (left(device) > left(largest)) largest = device;
    if (cost.classes[largest].replicate && left(largest) > 1)
      teams.size[largest] = next_size(teams.size[largest], count[largest]);
    else
      --count[largest];
  }
  for (const ClassId device : cost.classes.ids()) {
    teams.cost.classes[device].count = count[device];
    if (teams.size[device] > 1) form(teams.cost, device, teams.size[device]);
  }
  return teams;
}

}  // namespace cleave
