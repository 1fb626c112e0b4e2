// All that any sub-cluster could want: a known plan on many devices says nothing about a cluster that lacks them, so
// none prunes.
#include "search/subclusters.hpp"

#include "search/label_setting.hpp"

namespace cleave {
namespace {

std::vector<ScoredPlan> plans(const CostTable& cost, const Counts& counts, const LabelSetting& labels) {
  std::vector<ScoredPlan> found;
  for (std::size_t code = 0; code < counts.size(); ++code)
    for (std::size_t i = 0; i < labels.finals(code).size(); ++i) {
      Plan plan = labels.plan_of(code, i);
      Score score = evaluate(cost, plan);
      double dynamic_j = 0;
      for (const StageScore& stage : score.stages) dynamic_j += stage.dynamic_j + stage.transfer_j;
      found.push_back({code, dynamic_j, std::move(plan), std::move(score)});
    }
  return found;
}

}  // namespace

SubclusterPlans solve_subclusters(const CostTable& cost, const Lattice& lattice, const std::function<bool()>& give_up,
                                  const std::function<void(double)>& on_progress) {
  const Counts counts(cost);
  const Bounds bounds(cost, lattice, counts);
  const Outlook outlook(cost, lattice, counts, bounds, {}, false);
  const std::vector<bool> everywhere(lattice.size(), true);
  LabelSetting labels(cost, lattice, counts, bounds, outlook, everywhere, kCannot);
  if (!labels.run(give_up, on_progress)) return {{}, false};
  return {plans(cost, counts, labels), true};
}

}  // namespace cleave
