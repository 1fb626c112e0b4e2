#include "search/twin_problems.hpp"

#include "search/brute_trail.hpp"
#include "search/random_problem.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace cleave::testing_support {
namespace {

bool keeps(const CostTable& cost, const Plan& plan, const std::vector<TwinBranches>& twins) {
  std::vector<std::size_t> stage_of(cost.operator_count());
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (const OpId op : plan.stages[s].operators) stage_of[op.at()] = s;
  return std::all_of(twins.begin(), twins.end(), [&](const TwinBranches& one) {
    return stage_of[one.first.front().at()] <= stage_of[one.later.front().at()];
  });
}

bool same(const Triple& a, const Triple& b) {
  const auto near = [](double x, double y) { return std::abs(x - y) <= 1e-9 * std::max(std::abs(x), std::abs(y)); };
  return near(a.period_s, b.period_s) && near(a.energy_j, b.energy_j) && near(a.latency_s, b.latency_s);
}

}  // namespace

CostTable with_copies(const CostTable& of, const std::vector<OpId>& branch, std::size_t copies) {
  const auto times = [&](OpId op) {
    return std::count(branch.begin(), branch.end(), op) > 0 ? copies + 1 : std::size_t{1};
  };
  CostTable cost = of;
  IndexVector<OpId, std::size_t> first;
  std::vector<OpId> origin;
  for (const OpId op : of.inputs.ids()) {
    first.push_back(origin.size());
    origin.insert(origin.end(), times(op), op);
  }
  cost.inputs = cost.outputs = IndexVector<OpId, std::vector<TensorId>>(origin.size());
  cost.tensors = {};
  std::vector<TensorId> tensor_origin;
  for (const TensorId tensor : of.tensors.ids()) {
    const TensorUse& use = of.tensors[tensor];
    for (std::size_t copy = 0; copy < (use.producer.valid() ? times(use.producer) : 1); ++copy) {
      TensorUse own{use.producer.valid() ? OpId(first[use.producer] + copy) : OpId(), {}, use.leaves};
      const bool inside = use.producer.valid() && times(use.producer) > 1;
      for (const OpId reader : use.consumers)
        for (std::size_t i = 0; i < times(reader); ++i)
          if (!inside || times(reader) == 1 || i == copy) own.consumers.emplace_back(first[reader] + i);
      const TensorId id = cost.tensors.push_back(own);
      tensor_origin.push_back(tensor);
      if (own.producer.valid()) cost.outputs[own.producer].push_back(id);
      for (const OpId reader : own.consumers) cost.inputs[reader].push_back(id);
    }
  }
  using ByOperator = Table<OpId, ModeId, double>;
  using ByTensor = Table<TensorId, ModeId, double>;
  for (ByOperator CostTable::*table :
       {&CostTable::compute_s, &CostTable::compute_j, &CostTable::weight_bytes, &CostTable::live_bytes}) {
    cost.*table = ByOperator(origin.size(), of.modes.size());
    for (const OpId op : cost.inputs.ids())
      for (const ModeId mode : of.modes.ids()) (cost.*table)(op, mode) = (of.*table)(origin[op.at()], mode);
  }
  for (ByTensor CostTable::*table : {&CostTable::transfer_s, &CostTable::transfer_j, &CostTable::transfer_bytes}) {
    cost.*table = ByTensor(tensor_origin.size(), of.modes.size());
    for (const TensorId tensor : cost.tensors.ids())
      for (const ModeId mode : of.modes.ids())
        (cost.*table)(tensor, mode) = (of.*table)(tensor_origin[tensor.at()], mode);
  }
  return cost;
}

CostTable shuffled(const CostTable& of, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<OpId> order;  // the operator that is there now
  IndexVector<OpId, std::size_t> place(of.operator_count(), of.operator_count());
  const auto ready = [&](OpId op) {
    return place[op] == of.operator_count() &&
           std::all_of(of.inputs[op].begin(), of.inputs[op].end(), [&](TensorId tensor) {
             const OpId producer = of.tensors[tensor].producer;
             return !producer.valid() || place[producer] < of.operator_count();
           });
  };
  while (order.size() < of.operator_count()) {
    std::vector<OpId> next;
    for (const OpId op : of.inputs.ids())
      if (ready(op)) next.push_back(op);
    const OpId chosen = next[engine() % next.size()];
    place[chosen] = order.size();
    order.push_back(chosen);
  }
  CostTable cost = of;
  for (const OpId op : cost.inputs.ids()) {
    cost.inputs[op] = of.inputs[order[op.at()]];
    cost.outputs[op] = of.outputs[order[op.at()]];
    for (const auto table :
         {&CostTable::compute_s, &CostTable::compute_j, &CostTable::weight_bytes, &CostTable::live_bytes})
      for (const ModeId mode : of.modes.ids()) (cost.*table)(op, mode) = (of.*table)(order[op.at()], mode);
  }
  for (TensorUse& use : cost.tensors) {
    if (use.producer.valid()) use.producer = OpId(place[use.producer]);
    for (OpId& reader : use.consumers) reader = OpId(place[reader]);
    std::sort(use.consumers.begin(), use.consumers.end());
  }
  return cost;
}

CostTable problem_with_twins(std::uint64_t seed) {
  const std::size_t operators = 3 + seed % 2;
  const CostTable one =
      random_problem(seed, {.operators = operators, .max_devices = 3, .topology = static_cast<Topology>(seed / 2 % 4)})
          .cost;
  std::vector<OpId> branch{OpId(seed / 8 % operators)};
  for (const TensorId tensor : one.outputs[branch.front()])
    for (const OpId reader : one.tensors[tensor].consumers)
      if (branch.size() < 1 + seed % 3 && std::count(branch.begin(), branch.end(), reader) == 0)
        branch.push_back(reader);
  CostTable cost = shuffled(with_copies(one, branch, branch.size() == 1 ? 1 + seed % 2 : 1), seed);
  if (seed % 5 == 0) add_links(cost, seed);
  return cost;
}

bool loses_no_score(const CostTable& cost, const std::vector<TwinBranches>& twins) {
  std::vector<Triple> kept;
  std::vector<Triple> others;
  for (const Plan& plan : every_trail(cost))
    if (const auto score = score_of(cost, plan)) (keeps(cost, plan, twins) ? kept : others).push_back(*score);
  return std::all_of(others.begin(), others.end(), [&](const Triple& score) {
    return std::any_of(kept.begin(), kept.end(), [&](const Triple& other) { return same(score, other); });
  });
}

}  // namespace cleave::testing_support
