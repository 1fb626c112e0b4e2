// The checker must accept what is right and refuse every way of being wrong.
#include "search/random_problem.hpp"

#include <cleave/explore.hpp>

#include <gmock/gmock.h>

#include <functional>

namespace cleave {
namespace {

struct Checked : testing::Test {
  Problem problem = testing_support::random_problem(
      11, {.operators = 8, .max_devices = 5, .topology = testing_support::Topology::chain});
  FrontierPoint point;
  Checked() {
    for (std::uint64_t seed = 11; point.plan.stages.size() < 2; ++seed) {
      problem = testing_support::random_problem(
          seed, {.operators = 8, .max_devices = 5, .topology = testing_support::Topology::chain});
      for (const FrontierPoint& candidate : explore(problem).points)
        if (candidate.plan.stages.size() >= 2) point = candidate;
    }
  }
  void refuses(const std::function<void(Plan&, Score&)>& damage) {
    Plan plan = point.plan;
    Score score = point.score;
    damage(plan, score);
    EXPECT_THAT(check(problem, plan, score), testing::Not(testing::IsEmpty()));
  }
};

TEST_F(Checked, AcceptsWhatTheSearchFound) { EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty()); }

TEST_F(Checked, RefusesWrongPlans) {
  refuses([](Plan& plan, Score&) { plan.stages.pop_back(); });
  refuses([](Plan& plan, Score&) { plan.stages[0].operators.clear(); });
  refuses([](Plan& plan, Score&) { plan.stages[0].operators.push_back(plan.stages[1].operators[0]); });
  refuses([](Plan& plan, Score&) { plan.stages[0].operators.push_back(OpId(999)); });
  refuses([](Plan& plan, Score&) { std::swap(plan.stages[0], plan.stages[1]); });
  refuses([](Plan& plan, Score&) { plan.stages[0].replicas = 0; });
  refuses([](Plan& plan, Score&) { plan.stages[0].replicas = 99; });
  refuses([](Plan& plan, Score&) { plan.stages[0].mode = ModeId(77); });
}

TEST_F(Checked, RefusesReplicasWhereDevicesDoNotReplicate) {
  ClassCost& device = problem.cost.classes[problem.cost.modes[point.plan.stages[0].mode].device_class];
  Plan plan = point.plan;
  plan.stages[0].replicas = 2;
  device.count = 99;
  device.replicate = true;
  EXPECT_THAT(check(problem, plan, evaluate(problem.cost, plan)), testing::IsEmpty());
  device.replicate = false;
  EXPECT_THAT(check(problem, plan, evaluate(problem.cost, plan)),
              testing::Contains(testing::HasSubstr("stage 0 has 2 replicas, its devices do not replicate")));
}

TEST_F(Checked, RefusesWrongScores) {
  refuses([](Plan&, Score& score) { score.period_s *= 1 + 1e-6; });
  refuses([](Plan&, Score& score) { score.latency_s *= 1 - 1e-6; });
  refuses([](Plan&, Score& score) { score.energy_j += 1e-3; });
  refuses([](Plan&, Score& score) { ++score.devices_used; });
  refuses([](Plan&, Score& score) { score.stages[1].load_s *= 2; });
  refuses([](Plan&, Score& score) { score.stages[0].memory_bytes += 1; });
  refuses([](Plan&, Score& score) {  // the sum stays
    score.stages[0].dynamic_j += score.stages[1].dynamic_j + 1;
    score.stages[1].dynamic_j = -1;
  });
}

TEST_F(Checked, RefusesWhatExceedsTheLimits) {
  problem.limits.period_s = point.score.period_s / 2;
  EXPECT_THAT(check(problem, point.plan, point.score), testing::Contains(testing::HasSubstr("exceeds the limit")));
}

}  // namespace
}  // namespace cleave
