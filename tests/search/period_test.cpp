// The least period alone: against brute force, against the engine for whole frontiers, and when it is stopped.
#include "search/period.hpp"
#include "search/brute_force.hpp"
#include "search/exact.hpp"
#include "search/random_problem.hpp"

#include <cleave/explore.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

using testing_support::brute_force;
using testing_support::forget_joules;
using testing_support::random_problem;
using testing_support::Topology;

const auto kNever = [] { return false; };
const auto kSilently = [](double) {};

/// Without joules; where the transfers weigh, where they do not, and where memory is tight.
Problem timed_problem(std::uint64_t seed, std::size_t operators, int max_devices) {
  Problem problem = random_problem(
      seed, {.operators = operators, .max_devices = max_devices, .topology = static_cast<Topology>(seed % 4)});
  CostTable& cost = problem.cost;
  forget_joules(cost);
  const double weight = seed % 3 == 0 ? 10 : seed % 3 == 1 ? 0.1 : 1;
  for (const ModeId mode : cost.modes.ids())
    for (const TensorId tensor : cost.tensors.ids()) cost.transfer_s(tensor, mode) *= weight;
  if (seed % 5 == 0)
    for (ClassCost& device : cost.classes) device.memory_bytes = 45;
  return problem;
}

double least_period_s(const CostTable& cost) {
  const auto lattice = Lattice::all(cost, 100'000);
  const PeriodResult result = least_period(cost, *lattice, kCannot, kNever, kSilently);
  EXPECT_TRUE(result.finished);
  return result.plan ? evaluate(cost, *result.plan).period_s : kCannot;
}

void expect_same(double found_s, double expected_s, std::uint64_t seed) {
  if (std::isinf(expected_s)) {
    EXPECT_EQ(found_s, expected_s) << "seed " << seed;
  } else {
    EXPECT_NEAR(found_s, expected_s, 1e-9 * std::max(expected_s, 1e-12)) << "seed " << seed;
  }
}

TEST(LeastPeriod, IsThatOfBruteForce) {
  int solvable = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Problem problem = timed_problem(seed, 5 + seed % 2, 4);
    ASSERT_TRUE(period_is_all(problem.cost));
    const auto every = brute_force(problem.cost);
    expect_same(least_period_s(problem.cost), every.empty() ? kCannot : every.front().period_s, seed);
    solvable += !every.empty();
    const Frontier frontier = explore(problem);
    ASSERT_EQ(frontier.points.size(), every.empty() ? 0U : 1U) << "seed " << seed;
    for (const FrontierPoint& point : frontier.points) {
      expect_same(point.score.period_s, every.front().period_s, seed);
      EXPECT_TRUE(point.proven);
      EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty()) << "seed " << seed;
    }
  }
  EXPECT_GT(solvable, 1000);
}

/// More devices and larger stages than brute force can do; costs of very different size.
TEST(LeastPeriod, IsThatOfTheEngineForWholeFrontiers) {
  int solvable = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Problem problem = timed_problem(seed, 8 + seed % 8, 7);
    CostTable& cost = problem.cost;
    if (seed % 7 == 0)
      for (const OpId op : cost.inputs.ids()) cost.compute_s(op, ModeId(0)) *= op.at() % 2 ? 1e-9 : 1;
    if (seed % 11 == 0)
      for (const TensorId tensor : cost.tensors.ids()) cost.transfer_s(tensor, ModeId(0)) *= tensor.at() % 2 ? 1e6 : 1;
    const auto lattice = Lattice::all(cost, 100'000);
    const auto expected = solve_exact(cost, *lattice, std::vector<bool>(lattice->size(), true), {}, kNever, kSilently);
    double expected_s = kCannot;
    for (const Plan& plan : expected.plans) expected_s = std::min(expected_s, evaluate(cost, plan).period_s);
    expect_same(least_period_s(cost), expected_s, seed);
    solvable += std::isfinite(expected_s);
  }
  EXPECT_GT(solvable, 200);
}

TEST(LeastPeriod, AppliesOnlyWhereNothingTakesEnergyAndPortsCarryEverything) {
  Problem problem = timed_problem(1, 5, 4);
  EXPECT_TRUE(period_is_all(problem.cost));
  CostTable linked = problem.cost;
  linked.links.emplace();
  EXPECT_FALSE(period_is_all(linked));
  CostTable idle = problem.cost;
  idle.classes[ClassId(0)].idle_w = 1;
  EXPECT_FALSE(period_is_all(idle));
  CostTable active = problem.cost;
  active.compute_j(OpId(0), ModeId(0)) = 1;
  EXPECT_FALSE(period_is_all(active));
}

CostTable solvable_table() {
  for (std::uint64_t seed = 0;; ++seed)
    if (CostTable cost = timed_problem(seed, 9, 5).cost; std::isfinite(least_period_s(cost))) return cost;
}

TEST(LeastPeriod, OnlyLooksForFasterPlansThanTheKnownOne) {
  const CostTable cost = solvable_table();
  const auto lattice = Lattice::all(cost, 100'000);
  const double least_s = least_period_s(cost);
  const PeriodResult none = least_period(cost, *lattice, least_s, kNever, kSilently);
  EXPECT_TRUE(none.finished);
  EXPECT_FALSE(none.plan);
  EXPECT_TRUE(least_period(cost, *lattice, least_s * 1.001, kNever, kSilently).plan);
}

TEST(LeastPeriod, SaysWhenItWasStopped) {
  const CostTable cost = solvable_table();
  const auto lattice = Lattice::all(cost, 100'000);
  EXPECT_FALSE(least_period(
                   cost, *lattice, kCannot, [] { return true; }, kSilently)
                   .finished);
  EXPECT_FALSE(Lattice::all(cost, 100'000, [] { return true; }));
}

/// A diamond of eleven branches: levels wide enough for threads to share.
TEST(LeastPeriod, GivesTheSameBytesForAnyNumberOfThreads) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    Problem problem = random_problem(seed, {.operators = 13, .max_devices = 6, .topology = Topology::diamond});
    forget_joules(problem.cost);
    const Frontier one = explore(problem, {.threads = 1});
    const Frontier two = explore(problem, {.threads = 2});
    ASSERT_EQ(one.points.size(), two.points.size());
    for (std::size_t i = 0; i < one.points.size(); ++i) EXPECT_EQ(one.points[i].plan, two.points[i].plan);
  }
}

}  // namespace
}  // namespace cleave
