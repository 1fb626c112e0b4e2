// The closed-form score of a plan: loads of stages and shared links, their maximum, and the longest path of one batch.
#include "search/passes.hpp"
#include "search/shared_links.hpp"
#include "search/stage_cost.hpp"

#include <cleave/plan.hpp>

#include <algorithm>

namespace cleave {
namespace {

/// One batch through the empty pipeline: a stage starts when every stage it reads from has sent.
double latency_s(const CostTable& cost, const Plan& plan, const Homes& stage_of,
                 const std::vector<StageScore>& stages) {
  std::vector<double> done_s(plan.stages.size(), 0);
  for (std::size_t s = 0; s < plan.stages.size(); ++s) {
    double start_s = 0;
    for (const OpId op : plan.stages[s].operators)
      for (const TensorId tensor : cost.inputs[op])
        if (const OpId producer = cost.tensors[tensor].producer; producer.valid() && stage_of[producer] != s)
          start_s = std::max(start_s, done_s[stage_of[producer]]);
    done_s[s] = start_s + stages[s].receive_s + stages[s].compute_s + stages[s].send_s;
  }
  return *std::max_element(done_s.begin(), done_s.end());
}

}  // namespace

Score evaluate(const CostTable& cost, const Plan& plan) {
  Score score;
  const Homes home = homes(cost, plan);
  const std::vector<StageSums> sums = plan_sums(cost, plan, home);
  double dynamic_j = 0;
  double idle_w = 0;
  for (std::size_t s = 0; s < plan.stages.size(); ++s) {
    const Stage& stage = plan.stages[s];
    const StageScore part = stage_score(cost, sums[s], stage.mode, stage.replicas);
    score.period_s = std::max(score.period_s, part.load_s);
    score.devices_used += stage.replicas;
    dynamic_j += part.dynamic_j + part.transfer_j;
    idle_w += part.idle_w;
    score.stages.push_back(part);
  }
  for (const SharedUse& use : shared_uses(cost, plan, home)) score.shared_s.push_back(busy_s(use));
  for (const double seconds : score.shared_s) score.period_s = std::max(score.period_s, seconds);
  score.latency_s = flows_in_circle(cost, plan, home) ? interleaved_latency_s(cost, plan, home, sums)
                                                      : latency_s(cost, plan, home, score.stages);
  score.energy_j = (dynamic_j + score.period_s * idle_w) / static_cast<double>(cost.batch);
  return score;
}

}  // namespace cleave
