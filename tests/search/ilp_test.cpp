// Integer programming against every plan of tiny problems, contiguous or not.
#include "search/any_bounds/master.hpp"
#include "search/brute_force.hpp"
#include "search/ilp/free_program.hpp"
#include "search/random_problem.hpp"

#include <cleave/explore.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

using testing_support::brute_force;
using testing_support::Point;
using testing_support::random_problem;
using testing_support::Topology;

constexpr double kTolerance = 1e-5;

bool covers(const std::vector<Point>& cover, const std::vector<Point>& points) {
  const auto no_more = [](double a, double b) { return a <= b + kTolerance * std::max(1.0, std::abs(b)); };
  return std::all_of(points.begin(), points.end(), [&](const Point& p) {
    return std::any_of(cover.begin(), cover.end(), [&](const Point& q) {
      return no_more(q.period_s, p.period_s) && no_more(q.energy_j, p.energy_j);
    });
  });
}

class IlpAgainstBruteForce : public testing::TestWithParam<bool> {};

TEST_P(IlpAgainstBruteForce, FindsTheFrontierOfAllPlans) {
  if (!Master::available()) GTEST_SKIP() << "built without GLPK";
  const bool joules = GetParam();
  int solvable = 0;
  int sure = 0;
  int better = 0;
  for (std::uint64_t seed = 0; seed < 250; ++seed) {
    Problem problem = random_problem(
        seed, {.operators = 4 + seed % 2, .max_devices = 4, .topology = static_cast<Topology>(seed % 4)});
    CostTable& cost = problem.cost;
    // Every fifth may replicate: there integer programming looks at some of the plans only, and says so.
    for (ClassCost& device : cost.classes) device.replicate = device.replicate && seed % 5 == 0;
    if (!joules) {
      for (ClassCost& device : cost.classes) device.idle_w = 0;
      for (const ModeId mode : cost.modes.ids())
        cost.modes[mode].stage_launch_j = cost.modes[mode].reload_j_per_byte = 0;
      cost.compute_j = Table<OpId, ModeId, double>(cost.operator_count(), cost.modes.size());
      cost.transfer_j = Table<TensorId, ModeId, double>(cost.tensors.size(), cost.modes.size());
    }
    const std::vector<Point> expected = brute_force(cost, true);
    const Frontier frontier = explore(problem, {.solver = Solver::ilp, .threads = 1});
    std::vector<Point> found;
    bool all_proven = !frontier.points.empty();
    for (const FrontierPoint& point : frontier.points) {
      found.push_back({point.score.period_s, point.score.energy_j});
      all_proven &= point.proven && point.any_gap <= 3e-6;
      better += point.solver == "ilp";
      ASSERT_THAT(check(problem, point.plan, point.score), testing::IsEmpty()) << "seed " << seed;
    }
    ASSERT_TRUE(covers(expected, found)) << "seed " << seed;
    const bool every = covers_all_plans(cost);
    sure += every && all_proven;
    solvable += !expected.empty();
    if (every) {
      ASSERT_TRUE(covers(found, expected)) << "seed " << seed;
      EXPECT_TRUE(all_proven || expected.empty()) << "seed " << seed;
    } else if (!covers(found, expected)) {
      for (const FrontierPoint& point : frontier.points) EXPECT_TRUE(!point.proven || point.solver == "exact");
    }
  }
  EXPECT_GT(solvable, 150);
  EXPECT_GT(sure, 120);
  EXPECT_GT(better, 5);
}

INSTANTIATE_TEST_SUITE_P(Random, IlpAgainstBruteForce, testing::Values(false, true),
                         [](const auto& one) { return one.param ? "PeriodAndEnergy" : "Period"; });

}  // namespace
}  // namespace cleave
