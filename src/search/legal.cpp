#include "search/legal.hpp"

#include "search/stage_cost.hpp"

namespace cleave {

bool feasible(const CostTable& cost, const Plan& plan) {
  IndexVector<ClassId, int> used(cost.classes.size(), 0);
  for (const Stage& stage : plan.stages) {
    const ClassId device = cost.modes[stage.mode].device_class;
    used[device] += stage.replicas;
    if (used[device] > cost.classes[device].count || stage.replicas > cost.classes[device].most_replicas())
      return false;
    const StageSums sums = stage_sums(cost, stage.operators, stage.mode);
    if (!fits(cost, stage_score(cost, sums, stage.mode, stage.replicas), stage.mode)) return false;
  }
  return !plan.stages.empty();
}

}  // namespace cleave
