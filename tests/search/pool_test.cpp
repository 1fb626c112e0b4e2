// Plans that are added together are kept as those that are added one by one.
#include "search/pool.hpp"
#include "search/random_problem.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cleave {
namespace {

using testing_support::random_problem;

std::vector<Plan> plans_of(const Problem& problem) {
  std::vector<Plan> plans;
  for (const FrontierPoint& point : explore(problem, {.latency = true}).points) plans.push_back(point.plan);
  for (Baseline& baseline : baselines(problem)) plans.push_back(std::move(baseline.plan));
  std::ranges::reverse(plans);
  return plans;
}

TEST(Pool, TakesManyPlansLikeOneAfterTheOther) {
  std::size_t kept = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Problem problem = random_problem(seed, {.operators = 6});
    const bool latency = seed % 2 == 0;
    Pool together(problem, latency);
    Pool singly(problem, latency);
    const std::vector<Plan> plans = plans_of(problem);
    together.add_all(plans, "some");
    for (const Plan& plan : plans) singly.add(plan, "some");
    const auto all = together.answer();
    EXPECT_TRUE(std::ranges::equal(all, singly.answer(), {}, &Candidate::plan, &Candidate::plan)) << seed;
    EXPECT_TRUE(std::ranges::equal(together.known(), singly.known(), {}, &Candidate::plan, &Candidate::plan)) << seed;
    kept += all.size();
  }
  EXPECT_GT(kept, 100U);
}

TEST(Pool, TellsTheFiguresOfItsAnswer) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Problem problem = random_problem(seed, {.operators = 6});
    const bool latency = seed % 2 == 0;
    Pool pool(problem, latency);
    pool.add_all(plans_of(problem), "some");
    const auto answer = pool.answer();
    const auto figures = pool.answer_figures();
    ASSERT_EQ(figures.size(), answer.size());
    for (std::size_t i = 0; i < answer.size(); ++i) {
      EXPECT_EQ(figures[i].period_s, answer[i].score.period_s);
      EXPECT_EQ(figures[i].energy_j, answer[i].score.energy_j);
      EXPECT_EQ(figures[i].latency_s, latency ? answer[i].score.latency_s : 0);
    }
  }
}

}  // namespace
}  // namespace cleave
