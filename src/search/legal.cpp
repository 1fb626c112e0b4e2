#include "search/legal.hpp"

#include "search/stage_cost.hpp"

#include <cmath>

namespace cleave {

bool feasible(const CostTable& cost, const Plan& plan) {
  IndexVector<ClassId, int> used(cost.classes.size(), 0);
  const std::vector<StageSums> sums = plan_sums(cost, plan, homes(cost, plan));
  for (std::size_t s = 0; s < plan.stages.size(); ++s) {
    const Stage& stage = plan.stages[s];
    const ClassId device = cost.modes[stage.mode].device_class;
    used[device] += stage.replicas;
    if (used[device] > cost.classes[device].count || stage.replicas > cost.classes[device].most_replicas())
      return false;
    const StageScore score = stage_score(cost, sums[s], stage.mode, stage.replicas);
    if (!fits(cost, score, stage.mode) || !std::isfinite(score.receive_s)) return false;
  }
  return !plan.stages.empty();
}

}  // namespace cleave
