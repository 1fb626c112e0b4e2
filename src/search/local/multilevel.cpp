#include "search/local/multilevel.hpp"

#include "search/local/coarsen.hpp"
#include "search/local/greedy_start.hpp"
#include "search/stage_cost.hpp"

#include <deque>

namespace cleave::local {
namespace {

constexpr double kLargest = 0.5;          ///< of a device's even share of the work, in a cluster
constexpr double kShrink = 0.9;           ///< a level that leaves more operators than this is not worth it
constexpr std::size_t kClustersEach = 4;  ///< per stage, at the coarsest level
constexpr Schedule kCooling{.hot = 0.05, .cold = 0.001};

std::deque<Coarse> levels_of(const FlatCost& flat, Random& random) {
  const CostTable& cost = flat.table();
  double work_s = 0;
  for (const OpId op : cost.inputs.ids()) work_s += fastest_s(cost, op);
  const double most_s = kLargest * work_s / static_cast<double>(flat.most_stages());
  std::deque<Coarse> levels;
  const CostTable* finest = &cost;
  while (finest->operator_count() > kClustersEach * flat.most_stages()) {
    Coarse next = coarsen(*finest, most_s, random);
    if (static_cast<double>(next.cost.operator_count()) > kShrink * static_cast<double>(finest->operator_count()))
      break;
    levels.push_back(std::move(next));
    finest = &levels.back().cost;
  }
  return levels;
}

/// The same stages, of the operators that the clusters consist of.
Plan refined(const Plan& plan, const std::vector<std::uint32_t>& cluster_of) {
  std::vector<std::size_t> stage_of(cluster_of.size());
  Plan finer;
  for (std::size_t s = 0; s < plan.stages.size(); ++s) {
    finer.stages.push_back({plan.stages[s].mode, plan.stages[s].replicas, {}});
    for (const OpId cluster : plan.stages[s].operators) stage_of[cluster.at()] = s;
  }
  for (std::size_t op = 0; op < cluster_of.size(); ++op)
    finer.stages[stage_of[cluster_of[op]]].operators.emplace_back(op);
  return finer;
}

}  // namespace

std::optional<Plan> multilevel_start(const FlatCost& flat, const Goal& goal, std::size_t steps, Random& random,
                                     const std::function<bool()>& stopped) {
  const auto levels = levels_of(flat, random);
  if (levels.empty()) return greedy_start(flat, random);
  auto plan = greedy_start(FlatCost(levels.back().cost), random);
  Schedule schedule = kCooling;
  schedule.steps = steps / levels.size();
  for (std::size_t level = levels.size(); plan && level-- > 0;) {
    const FlatCost coarse(levels[level].cost);
    Assignment assignment(coarse, *plan);
    Archive nothing({});
    anneal(assignment, goal, schedule, random, nothing, stopped);
    plan = refined(plan_of(levels[level].cost, assignment.placement()), levels[level].cluster_of);
  }
  return plan;
}

}  // namespace cleave::local
