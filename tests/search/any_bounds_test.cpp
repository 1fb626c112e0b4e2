// Bounds under all plans, contiguous or not: below every plan that brute force finds, and their evidence holds by
// itself.
#include "search/any_bounds/energy_bound.hpp"
#include "search/any_bounds/master.hpp"
#include "search/any_bounds/period_bound.hpp"
#include "search/any_bounds/set_knapsack.hpp"
#include "search/brute_force.hpp"
#include "search/period.hpp"
#include "search/random_problem.hpp"

#include <cleave/explore.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace cleave {
namespace {

using testing_support::brute_force;
using testing_support::forget_joules;
using testing_support::Point;
using testing_support::random_problem;
using testing_support::tiny_problem;
using testing_support::Topology;

std::vector<Plan> plans_of(const Frontier& frontier) {
  std::vector<Plan> plans;
  for (const FrontierPoint& point : frontier.points) plans.push_back(point.plan);
  return plans;
}

TEST(AnyBounds, NoPlanIsBelowThem) {
  int solvable = 0;
  int tight = 0;
  int tight_in_series = 0;
  int in_series = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Problem problem = tiny_problem(seed);
    const std::vector<Point> all = brute_force(problem.cost, true);
    const Frontier frontier = explore(problem, {.threads = 1});
    if (frontier.points.empty()) continue;
    ++solvable;
    const double least_s = all.front().period_s;
    const PeriodEvidence period = bound_period(problem.cost, plans_of(frontier), {.work = 3e6});
    ASSERT_LE(period.period_s, least_s * (1 + 1e-12)) << "seed " << seed;
    const bool reached = period.period_s >= least_s * (1 - 2e-3);
    tight += reached;
    const auto& classes = problem.cost.classes;
    if (std::none_of(classes.begin(), classes.end(), [](const ClassCost& device) { return device.overlap; })) {
      ++in_series;
      tight_in_series += reached;
    }
    std::vector<double> periods_s;
    for (const Point& point : all) periods_s.push_back(point.period_s);
    const auto energies = bound_energies(problem.cost, periods_s);
    for (std::size_t i = 0; i < all.size(); ++i)
      ASSERT_LE(energies[i].energy_j, all[i].energy_j * static_cast<double>(problem.cost.batch) * (1 + 1e-12) + 1e-12)
          << "seed " << seed;
    for (const FrontierPoint& point : frontier.points) {
      EXPECT_LE(point.any_bound, takes_no_joules(problem.cost) ? least_s * (1 + 1e-12) : point.score.energy_j);
      EXPECT_LE(point.any_bound, point.bound * (1 + 1e-12));
      EXPECT_GE(point.any_gap, 0);
      EXPECT_LE(point.any_gap, 1);
    }
  }
  EXPECT_GT(solvable, 1000);
  RecordProperty("solvable", solvable);
  RecordProperty("period_reached", tight);
  std::cout << "the period bound is reached on " << tight << " of " << solvable
            << ", where ports and computing take turns on " << tight_in_series << " of " << in_series << "\n";
}

/// Seconds of a set of operators (a bit each) as PeriodEvidence counts them, from the table alone.
double seconds_of(const CostTable& cost, unsigned set, ModeId mode, const std::vector<TensorId>& ignored) {
  const ClassCost& device = cost.classes[cost.modes[mode].device_class];
  const auto has = [&](OpId op) { return ((set >> op.at()) & 1) != 0; };
  double seconds = cost.modes[mode].stage_launch_s;
  for (const OpId op : cost.inputs.ids()) {
    if (!has(op)) continue;
    const double weights = cost.weight_bytes(op, mode);
    if (weights + cost.live_bytes(op, mode) > device.memory_bytes) return kCannot;
    if (weights > cost.modes[mode].resident_bytes && cost.modes[mode].reload_s_per_byte == kCannot) return kCannot;
    seconds += cost.compute_s(op, mode);
  }
  for (const TensorId tensor : cost.tensors.ids()) {
    const TensorUse& use = cost.tensors[tensor];
    const bool made = use.producer.valid() && has(use.producer);
    const bool read = std::any_of(use.consumers.begin(), use.consumers.end(), has);
    const bool all_read = std::all_of(use.consumers.begin(), use.consumers.end(), has);
    const bool crosses = made ? use.leaves || !all_read : read;
    if (crosses && !device.overlap && std::find(ignored.begin(), ignored.end(), tensor) == ignored.end())
      seconds += cost.transfer_s(tensor, mode);
  }
  return seconds;
}

TEST(AnyBounds, TheEvidenceHoldsByItself) {
  if (!Master::available()) GTEST_SKIP() << "built without GLPK";
  int configurations = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Problem problem = tiny_problem(seed);
    const CostTable& cost = problem.cost;
    const Frontier frontier = explore(problem, {.threads = 1});
    if (frontier.points.empty()) continue;
    const PeriodEvidence evidence = bound_period(cost, plans_of(frontier), {.work = 3e6});
    if (evidence.kind != PeriodEvidence::Kind::configuration) continue;
    ++configurations;
    EXPECT_LE(evidence.period_s, static_cast<double>(evidence.steps) * evidence.grid_s);
    std::int64_t wanted = 0;
    for (const std::int32_t profit : evidence.profit) wanted += profit;
    double collected = 0;
    for (const ClassId device : cost.classes.ids()) {
      double each = 0;
      for (const ModeId mode : cost.modes.ids())
        for (unsigned set = 1; set < 1U << cost.operator_count(); ++set) {
          if (cost.modes[mode].device_class != device) continue;
          std::int64_t profit = 0;
          for (const OpId op : cost.inputs.ids()) profit += (set >> op.at()) & 1 ? evidence.profit[op] : 0;
          const double seconds = seconds_of(cost, set, mode, evidence.ignored[mode]);
          for (int r = 1; r <= cost.classes[device].most_replicas(); ++r)
            if (seconds / r < evidence.period_s) each = std::max(each, static_cast<double>(profit) / r);
        }
      collected += each * cost.classes[device].count;
    }
    EXPECT_LT(collected, static_cast<double>(wanted)) << "seed " << seed;
  }
  EXPECT_GT(configurations, 50);
}

/// By enumeration: the most that the profits of a set come to that takes less than `limit` steps, each addend rounded
/// down.
std::int64_t most_profit(const StageTime& time, const SetSweep& sweep, const Profits& profit, double step_s,
                         std::int64_t limit) {
  std::int64_t most = 0;
  for (unsigned set = 0; set < 1U << profit.size(); ++set) {
    const auto has = [&](OpId op) { return ((set >> op.at()) & 1) != 0; };
    double seconds = sweep.launch_s;
    std::int64_t all = 0;
    for (const OpId op : profit.ids()) {
      if (!has(op)) continue;
      seconds += time.compute_s[op];
      all += profit[op];
    }
    for (const Crossing& crossing : time.crossings) {
      const auto members = std::count_if(crossing.pins.begin(), crossing.pins.end(), has);
      const bool split = members < static_cast<std::ptrdiff_t>(crossing.pins.size());
      if (members > 0 && (crossing.open || split)) seconds += crossing.seconds;
    }
    if (seconds < static_cast<double>(limit) * step_s) most = std::max(most, all);
  }
  return most;
}

TEST(SetKnapsack, FindsTheSetsOfEnumeration) {
  std::mt19937_64 random(7);
  int cut_short = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CostTable cost =
        random_problem(seed, {.operators = 10, .max_devices = 4, .topology = static_cast<Topology>(seed % 4)}).cost;
    for (ClassCost& device : cost.classes) device.overlap = seed % 5 == 0;
    for (const ModeId mode : cost.modes.ids()) {
      const StageTime time = stage_time(cost, mode);
      double all_s = time.launch_s;
      for (const double seconds : time.compute_s) all_s += std::isfinite(seconds) ? seconds : 0;
      for (const Crossing& crossing : time.crossings) all_s += crossing.seconds;
      if (all_s == 0) continue;
      Profits profit;
      for (const OpId op : cost.inputs.ids()) {
        // In proportion to their time, as prices make them, sets are hard to tell apart; small ones differ by one.
        const double worth = std::isfinite(time.compute_s[op]) ? time.compute_s[op] / all_s * 1e6 : 10;
        const auto small = static_cast<std::int32_t>(random() % 6) - 1;
        profit.push_back(seed % 3 == 0 ? small : static_cast<std::int32_t>(worth) + 20 * small);
      }
      const SetSweep sweep = set_sweep(time, sweep_order(time), 2 * all_s, 1U << 20);
      const double step_s = all_s / static_cast<double>(std::int64_t{1} << 40);
      const std::function<bool()> never = [] { return false; };
      const SetKnapsack knapsack(sweep, step_s, never);
      for (const double share : {0.0, 0.1, 0.3, 0.5, 0.8, 1.1}) {
        const auto limit = static_cast<std::int64_t>(share * static_cast<double>(std::int64_t{1} << 40)) + 1;
        const BestSet best = knapsack.best(profit, limit, 1'000'000);
        // Rounded down, a set may take a few steps less than it does.
        ASSERT_GE(best.profit, most_profit(time, sweep, profit, step_s, limit)) << "seed " << seed;
        ASSERT_LE(best.profit, most_profit(time, sweep, profit, step_s, limit + 100)) << "seed " << seed;
        ASSERT_EQ(best.at_most, best.profit) << "seed " << seed;
        std::int64_t all = 0;
        for (const OpId op : best.set) all += profit[op];
        ASSERT_EQ(all, best.profit) << "seed " << seed;
        const BestSet hasty = knapsack.best(profit, limit, 1);
        ASSERT_LE(hasty.profit, best.profit) << "seed " << seed;
        ASSERT_GE(hasty.at_most, best.profit) << "seed " << seed;
        cut_short += hasty.at_most > hasty.profit;
      }
    }
  }
  EXPECT_GT(cut_short, 100);
}

TEST(AnyBounds, WhatTheyProveBestIsTheBestOfAllPlans) {
  if (!Master::available()) GTEST_SKIP() << "built without GLPK";
  int proven = 0;
  int beyond_contiguous = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Problem problem = random_problem(
        seed, {.operators = 4 + seed % 3, .max_devices = 4, .topology = static_cast<Topology>(seed % 4)});
    forget_joules(problem.cost);
    for (ClassCost& device : problem.cost.classes) device.overlap = false;
    const Frontier frontier = explore(problem, {.time_limit_s = 60, .threads = 1});
    if (frontier.points.empty() || frontier.points.front().any_gap > 0) continue;
    ASSERT_TRUE(frontier.points.front().proven);
    ++proven;
    const double period_s = frontier.points.front().score.period_s;
    ASSERT_LE(period_s, brute_force(problem.cost, true).front().period_s * (1 + 1e-9)) << "seed " << seed;
    const std::vector<Point> contiguous = brute_force(problem.cost, false);
    beyond_contiguous += contiguous.empty() || period_s < contiguous.front().period_s * (1 - 1e-9);
  }
  EXPECT_GT(proven, 30);
  EXPECT_GT(beyond_contiguous, 2);
  std::cout << proven << " proven, " << beyond_contiguous << " of them better than any contiguous plan\n";
}

TEST(AnyBounds, MoreWorkIsNeverWorseAndTheAnswerIsTheSameEachTime) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Problem problem =
        random_problem(seed, {.operators = 14, .max_devices = 6, .topology = static_cast<Topology>(seed % 4)});
    const Frontier frontier = explore(problem, {.threads = 1});
    if (frontier.points.empty()) continue;
    const auto plans = plans_of(frontier);
    const PeriodEvidence once = bound_period(problem.cost, plans, {.work = 2e7});
    const PeriodEvidence again = bound_period(problem.cost, plans, {.work = 2e7});
    EXPECT_EQ(once.period_s, again.period_s);
    EXPECT_EQ(once.profit, again.profit);
    const PeriodEvidence none = bound_period(problem.cost, plans, {.work = 0});
    EXPECT_GE(once.period_s, none.period_s);
  }
}

}  // namespace
}  // namespace cleave
