// Plans whose stages exchange data in circles: the closed form, the checker and virtual time agree on any partition.
#include "search/legal.hpp"
#include "search/passes.hpp"
#include "search/random_problem.hpp"

#include <cleave/explore.hpp>
#include <cleave/runtime.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

namespace cleave {
namespace {

using testing_support::add_links;
using testing_support::random_problem;
using testing_support::Topology;

/// Any operator on any stage.
Plan random_plan(const CostTable& cost, std::mt19937_64& random) {
  std::vector<Stage> stages(1 + random() % 4);
  for (Stage& stage : stages) {
    stage.mode = ModeId(random() % cost.modes.size());
    const int most = cost.classes[cost.modes[stage.mode].device_class].most_replicas();
    stage.replicas = 1 + static_cast<int>(random() % static_cast<std::uint64_t>(most));
  }
  for (const OpId op : cost.inputs.ids()) stages[random() % stages.size()].operators.push_back(op);
  std::erase_if(stages, [](const Stage& stage) { return stage.operators.empty(); });
  return {stages};
}

struct Drawn {
  Problem problem;
  Plan plan;
};

/// Legal ones that are interleaved.
std::vector<Drawn> drawn(std::size_t count) {
  std::vector<Drawn> all;
  std::mt19937_64 random(5);
  for (std::uint64_t seed = 0; all.size() < count; ++seed) {
    Problem problem = random_problem(
        seed, {.operators = 5 + seed % 8, .max_devices = 6, .topology = static_cast<Topology>(seed % 4)});
    if (seed % 2 == 1) add_links(problem.cost, seed / 2);
    for (int i = 0; i < 4; ++i) {
      Plan plan = random_plan(problem.cost, random);
      if (interleaved(problem.cost, plan) && feasible(problem.cost, plan)) all.push_back({problem, std::move(plan)});
    }
  }
  return all;
}

double relative(double a, double b) { return std::abs(a - b) / std::max({std::abs(a), std::abs(b), 1e-300}); }

TEST(Interleaved, TheCheckerAgreesWithTheClosedForm) {
  for (const auto& [problem, plan] : drawn(2000))
    ASSERT_THAT(check(problem, plan, evaluate(problem.cost, plan)), testing::IsEmpty());
}

TEST(Interleaved, TheCheckerRefusesAWrongLatency) {
  for (const auto& [problem, plan] : drawn(20)) {
    Score score = evaluate(problem.cost, plan);
    score.latency_s *= 1.0001;
    EXPECT_THAT(check(problem, plan, score), testing::Contains(testing::HasSubstr("the latency")));
  }
}

TEST(Interleaved, VirtualTimeAgreesWithTheClosedForm) {
  for (const auto& [problem, plan] : drawn(2000)) {
    const Score score = evaluate(problem.cost, plan);
    const Trace trace = simulate(problem.cost, plan, 0);
    ASSERT_LT(relative(trace.period_s, score.period_s), 1e-9);
    ASSERT_LT(relative(trace.latency_s, score.latency_s), 1e-9);
  }
}

TEST(Interleaved, ATimelineSettlesAtThePeriodAndUsesEachPartOnceAtATime) {
  constexpr std::size_t batches = 240;
  for (const auto& [problem, plan] : drawn(100)) {
    const Score score = evaluate(problem.cost, plan);
    const Trace trace = simulate(problem.cost, plan, batches);
    std::vector<double> done_s(batches, 0);
    std::map<std::pair<std::size_t, int>, std::vector<std::pair<double, double>>> computing;
    for (const TraceEvent& event : trace.events) {
      done_s[event.batch] = std::max(done_s[event.batch], event.end_s);
      if (event.what == "compute") computing[{event.stage, event.replica}].emplace_back(event.start_s, event.end_s);
    }
    // Behind schedule by no more than it takes to fill and drain.
    const double half_s = done_s.back() - done_s[batches / 2 - 1];
    int widest = 1;
    for (const Stage& stage : plan.stages) widest = std::max(widest, stage.replicas);
    EXPECT_LE(half_s, (batches / 2 + static_cast<std::size_t>(widest)) * score.period_s * (1 + 1e-9));
    for (auto& [device, spans] : computing) {
      std::sort(spans.begin(), spans.end());
      for (std::size_t i = 1; i < spans.size(); ++i) EXPECT_GE(spans[i].first, spans[i - 1].second - 1e-12);
    }
  }
}

}  // namespace
}  // namespace cleave
