#include "search/flow_order.hpp"

#include <algorithm>
#include <set>

namespace cleave {
namespace {

std::vector<std::uint32_t> stage_of_operators(const CostTable& cost, const std::vector<Stage>& stages) {
  std::vector<std::uint32_t> stage_of(cost.operator_count());
  for (std::uint32_t s = 0; s < stages.size(); ++s)
    for (const OpId op : stages[s].operators) stage_of[op.at()] = s;
  return stage_of;
}

/// For each stage those that it reads from.
std::vector<std::set<std::uint32_t>> sources(const CostTable& cost, const std::vector<Stage>& stages) {
  const auto stage_of = stage_of_operators(cost, stages);
  std::vector<std::set<std::uint32_t>> from(stages.size());
  for (const TensorUse& tensor : cost.tensors)
    for (const OpId reader : tensor.consumers)
      if (tensor.producer.valid() && stage_of[tensor.producer.at()] != stage_of[reader.at()])
        from[stage_of[reader.at()]].insert(stage_of[tensor.producer.at()]);
  return from;
}

}  // namespace

std::vector<Stage> in_order_of_flow(const CostTable& cost, std::vector<Stage> stages) {
  std::sort(stages.begin(), stages.end(),
            [](const Stage& a, const Stage& b) { return a.operators.front() < b.operators.front(); });
  auto waits_for = sources(cost, stages);
  std::vector<bool> listed(stages.size(), false);
  std::vector<Stage> ordered;
  while (ordered.size() < stages.size()) {
    std::size_t next = stages.size();
    for (std::size_t s = stages.size(); s-- > 0;)
      if (!listed[s] && (next == stages.size() || waits_for[s].empty() || !waits_for[next].empty())) next = s;
    listed[next] = true;
    for (auto& waiting : waits_for) waiting.erase(static_cast<std::uint32_t>(next));
    ordered.push_back(std::move(stages[next]));
  }
  return ordered;
}

bool is_contiguous(const CostTable& cost, const Plan& plan) {
  const auto stage_of = stage_of_operators(cost, plan.stages);
  return std::all_of(cost.tensors.begin(), cost.tensors.end(), [&](const TensorUse& tensor) {
    return !tensor.producer.valid() || std::all_of(tensor.consumers.begin(), tensor.consumers.end(), [&](OpId reader) {
      return stage_of[tensor.producer.at()] <= stage_of[reader.at()];
    });
  });
}

}  // namespace cleave
