#include "space/group_parts.hpp"

#include "search/legal.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace cleave {

std::vector<int> devices_of(const CostTable& cost, const Plan& plan) {
  std::vector<int> used(cost.classes.size(), 0);
  for (const Stage& stage : plan.stages) used[cost.modes[stage.mode].device_class.at()] += stage.replicas;
  return used;
}

bool part_of(const std::vector<int>& some, const std::vector<int>& all) {
  return std::equal(some.begin(), some.end(), all.begin(), [](int a, int b) { return a <= b; });
}

std::vector<std::vector<int>> parts_of(const std::vector<int>& counts, int most) {
  const int all = std::accumulate(counts.begin(), counts.end(), 0);
  if (most == 0 || all <= most) return {counts};
  std::vector<std::vector<int>> parts = {{}};
  for (const int count : counts) {
    std::vector<std::vector<int>> longer;
    for (const std::vector<int>& part : parts) {
      const int room = most - std::accumulate(part.begin(), part.end(), 0);
      for (int taken = 0; taken <= std::min(count, room); ++taken) {
        longer.push_back(part);
        longer.back().push_back(taken);
      }
    }
    parts = std::move(longer);
  }
  std::erase_if(parts, [&](const auto& part) { return std::accumulate(part.begin(), part.end(), 0) < most; });
  return parts;
}

Plan on_one_device(const CostTable& cost, ModeId mode) {
  Plan plan{{{mode, 1, {}}}};
  for (const OpId op : cost.inputs.ids()) plan.stages.front().operators.push_back(op);
  return plan;
}

std::vector<Plan> plans_without_search(const CostTable& cost) {
  std::vector<Plan> plans;
  for (Baseline& baseline : baselines({.cost = cost})) plans.push_back(std::move(baseline.plan));
  for (const ModeId mode : cost.modes.ids())
    if (Plan alone = on_one_device(cost, mode); feasible(cost, alone)) plans.push_back(std::move(alone));
  return plans;
}

bool may_take_no_time(const CostTable& cost, const std::vector<int>& counts) {
  for (const OpId op : cost.inputs.ids()) {
    bool some = false;
    for (const ModeId mode : cost.modes.ids())
      some = some || (counts[cost.modes[mode].device_class.at()] > 0 && cost.compute_s(op, mode) == 0);
    if (!some) return false;
  }
  return true;
}

}  // namespace cleave
