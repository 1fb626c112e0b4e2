// Local search: its arithmetic against that of whole plans, its answers against every plan of tiny problems.
#include "search/brute_force.hpp"
#include "search/legal.hpp"
#include "search/local/coarsen.hpp"
#include "search/local/greedy_start.hpp"
#include "search/local/moves/merge_stages.hpp"
#include "search/local/moves/move_cluster.hpp"
#include "search/local/moves/move_operator.hpp"
#include "search/local/moves/split_stage.hpp"
#include "search/local/moves/swap_operators.hpp"
#include "search/local/moves/swap_targets.hpp"
#include "search/random_problem.hpp"

#include <cleave/cleave.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>

namespace cleave {
namespace {

using namespace local;
using testing_support::brute_force;
using testing_support::random_problem;
using testing_support::Topology;

Problem problem_of(std::uint64_t seed, std::size_t operators) {
  return random_problem(seed, {.operators = operators, .max_devices = 5, .topology = static_cast<Topology>(seed % 4)});
}

/// Draws and makes one move; false where there was none to make.
template <class Move>
bool make(Assignment& assignment, Random& random) {
  const auto move = Move::draw(assignment, random);
  if (!move || !move->allowed(assignment)) return false;
  move->apply(assignment);
  return true;
}

bool make_any(Assignment& assignment, Random& random) {
  switch (random.below(7)) {
    case 0:
      return make<MoveCluster>(assignment, random);
    case 1:
      return make<SwapOperators>(assignment, random);
    case 2:
      return make<RetargetStage>(assignment, random);
    case 3:
      return make<SwapTargets>(assignment, random);
    case 4:
      return make<SplitStage>(assignment, random);
    case 5:
      return make<MergeStages>(assignment, random);
    default:
      return make<MoveOperator>(assignment, random);
  }
}

TEST(Assignment, IsPricedAsTheWholePlanIsAfterAnyMoves) {
  int compared = 0;
  int undone = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Problem problem = problem_of(seed, 8);
    const FlatCost flat(problem.cost);
    Random random(seed);
    const auto start = greedy_start(flat, random);
    if (!start) continue;
    Assignment assignment(flat, *start);
    for (int step = 0; step < 100; ++step) {
      const Totals before = assignment.totals();
      if (!make_any(assignment, random)) continue;
      if (!assignment.settle() || random.below(4) == 0) {
        assignment.undo();
        ++undone;
        EXPECT_EQ(assignment.totals().period_s, before.period_s) << "seed " << seed;
        EXPECT_EQ(assignment.totals().energy_j, before.energy_j) << "seed " << seed;
        continue;
      }
      assignment.keep();
      const Totals totals = assignment.totals();
      const Plan plan = plan_of(problem.cost, assignment.placement());
      ASSERT_EQ(totals.excess <= 0, feasible(problem.cost, plan)) << "seed " << seed;
      if (totals.excess > 0) continue;
      const Score score = evaluate(problem.cost, plan);
      ASSERT_NEAR(totals.period_s, score.period_s, 1e-9 * score.period_s) << "seed " << seed;
      ASSERT_NEAR(totals.energy_j, score.energy_j, 1e-9 * score.energy_j) << "seed " << seed;
      ++compared;
    }
  }
  EXPECT_GT(compared, 2000);
  EXPECT_GT(undone, 1000);
}

TEST(Coarsen, PricesPlansOfClustersAsPlansOfTheirOperators) {
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Problem problem = problem_of(seed, 9);
    Random random(seed);
    const Coarse coarse = coarsen(problem.cost, kCannot, random);
    ASSERT_LT(coarse.cost.operator_count(), 9U) << "seed " << seed;
    const FlatCost flat(coarse.cost);
    const auto plan = greedy_start(flat, random);
    if (!plan) continue;
    Plan finer;
    for (const Stage& stage : plan->stages) {
      finer.stages.push_back({stage.mode, stage.replicas, {}});
      for (std::uint32_t op = 0; op < coarse.cluster_of.size(); ++op)
        if (std::count(stage.operators.begin(), stage.operators.end(), OpId(coarse.cluster_of[op])))
          finer.stages.back().operators.emplace_back(op);
    }
    if (!feasible(problem.cost, finer)) continue;
    const FlatCost fine(problem.cost);
    const Totals expected = Assignment(fine, finer).totals();
    const Totals actual = Assignment(flat, *plan).totals();
    EXPECT_NEAR(actual.period_s, expected.period_s, 1e-9 * expected.period_s) << "seed " << seed;
    EXPECT_NEAR(actual.energy_j, expected.energy_j, 1e-9 * expected.energy_j) << "seed " << seed;
    ++compared;
  }
  EXPECT_GT(compared, 100);
}

TEST(LocalSearch, FindsTheFrontierOfAllPlansOfTinyProblems) {
  int points = 0;
  int missed = 0;
  int beyond_contiguous = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Problem problem = random_problem(
        seed, {.operators = 4 + seed % 2, .max_devices = 4, .topology = static_cast<Topology>(seed % 4)});
    const auto expected = brute_force(problem.cost, true);
    const Frontier frontier = explore(problem, {.solver = Solver::local});
    for (const FrontierPoint& point : frontier.points) {
      EXPECT_TRUE(check(problem, point.plan, point.score).empty()) << "seed " << seed;
      const bool possible = std::any_of(expected.begin(), expected.end(), [&](const auto& best) {
        return best.period_s <= point.score.period_s * (1 + 1e-9) && best.energy_j <= point.score.energy_j * (1 + 1e-9);
      });
      EXPECT_TRUE(possible) << "seed " << seed << ": better than the best of all plans";
      const double figure = point.score.energy_j > 0 ? point.score.energy_j : point.score.period_s;
      EXPECT_LE(point.any_bound, figure) << "seed " << seed;
      beyond_contiguous += point.solver == "local";
    }
    for (const auto& best : expected) {
      ++points;
      missed += std::none_of(frontier.points.begin(), frontier.points.end(), [&](const FrontierPoint& point) {
        return point.score.period_s <= best.period_s * (1 + 1e-9) && point.score.energy_j <= best.energy_j * (1 + 1e-9);
      });
    }
  }
  EXPECT_GT(points, 90);
  EXPECT_GT(beyond_contiguous, 15);
  EXPECT_LE(missed, points / 100) << "of " << points;
}

TEST(LocalSearch, GivesTheSamePlansForAnyNumberOfThreads) {
  const Problem problem = problem_of(4, 14);
  const Frontier one = explore(problem, {.solver = Solver::local, .seed = 7, .threads = 1});
  const Frontier two = explore(problem, {.solver = Solver::local, .seed = 7, .threads = 2});
  ASSERT_FALSE(one.points.empty());
  ASSERT_EQ(one.points.size(), two.points.size());
  for (std::size_t i = 0; i < one.points.size(); ++i) {
    EXPECT_EQ(one.points[i].plan, two.points[i].plan);
    EXPECT_EQ(one.points[i].solver, two.points[i].solver);
  }
}

TEST(LocalSearch, FindsNoPlanWhereThereIsNone) {
  Problem problem = problem_of(1, 6);
  for (const ModeId mode : problem.cost.modes.ids()) problem.cost.compute_s(OpId(2), mode) = kCannot;
  EXPECT_TRUE(explore(problem, {.solver = Solver::local}).points.empty());
}

TEST(LocalSearch, EndsWhenToldTo) {
  const CostTable cost = make_cost_table(read_network("zoo:resnet152"), read_cluster("edge4"));
  const auto start = std::chrono::steady_clock::now();
  const Frontier frontier = explore({.cost = cost}, {.solver = Solver::local, .time_limit_s = 0.3});
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 3);
  EXPECT_FALSE(frontier.points.empty());
}

}  // namespace
}  // namespace cleave
