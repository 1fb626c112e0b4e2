// Three objectives, and links: exact against brute force, legal by the checker, lawful under changes.
#include "search/trail.hpp"
#include "runtime/statistics.hpp"
#include "search/brute_trail.hpp"
#include "search/random_problem.hpp"

#include <cleave/explore.hpp>
#include <cleave/runtime.hpp>

#include <gmock/gmock.h>

#include <cmath>

namespace cleave {
namespace {

using testing_support::add_links;
using testing_support::add_shared_links;
using testing_support::brute_trail;
using testing_support::random_problem;
using testing_support::score_of;
using testing_support::Topology;
using testing_support::Triple;
using testing_support::undominated;

bool no_more(double a, double b) { return a <= b + 1e-9 * std::max({std::abs(a), std::abs(b), 1e-12}); }

/// `cover` has a point no worse than each of `points`, up to rounding.
bool covers(const std::vector<Triple>& cover, const std::vector<Triple>& points) {
  return std::all_of(points.begin(), points.end(), [&](const Triple& p) {
    return std::any_of(cover.begin(), cover.end(), [&](const Triple& q) {
      return no_more(q.period_s, p.period_s) && no_more(q.energy_j, p.energy_j) && no_more(q.latency_s, p.latency_s);
    });
  });
}

bool same(const std::vector<Triple>& a, const std::vector<Triple>& b) { return covers(a, b) && covers(b, a); }

std::vector<Triple> points_of(const Frontier& frontier) {
  std::vector<Triple> points;
  for (const FrontierPoint& point : frontier.points)
    points.push_back({point.score.period_s, point.score.energy_j, point.score.latency_s});
  return points;
}

std::string shown(const std::vector<Triple>& points) {
  std::string text;
  for (const Triple& point : points)
    text += "(" + std::to_string(point.period_s) + ", " + std::to_string(point.energy_j) + ", " +
            std::to_string(point.latency_s) + ") ";
  return text;
}

/// The engine alone, without known plans to prune by, scored by the brute force's arithmetic.
std::vector<Triple> unpruned(const CostTable& cost, bool timed) {
  const auto lattice = Lattice::all(cost, 100'000);
  const std::vector<bool> cuts(lattice->size(), true);
  std::vector<Triple> points;
  for (const Plan& plan : solve_trail({.cost = cost, .lattice = *lattice, .cuts = cuts, .timed = timed}).plans) {
    const auto score = score_of(cost, plan);
    EXPECT_TRUE(score.has_value());
    if (score) points.push_back(*score);
  }
  return points;
}

std::vector<Triple> flat(std::vector<Triple> points) {
  for (Triple& point : points) point.latency_s = 0;
  return undominated(std::move(points));
}

struct Case {
  Topology topology;
  std::size_t operators;
  const char* name;
};

class TrailAgainstBruteForce : public testing::TestWithParam<Case> {
 protected:
  static Problem draw(std::uint64_t seed) {
    return random_problem(seed * 4 + static_cast<std::uint64_t>(GetParam().topology),
                          {.operators = GetParam().operators, .topology = GetParam().topology});
  }
};

TEST_P(TrailAgainstBruteForce, FindsTheWholeFrontierOfThreeObjectives) {
  std::size_t points = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Problem problem = draw(seed);
    const auto expected = brute_trail(problem.cost);
    const Frontier frontier = explore(problem, {.latency = true});
    ASSERT_TRUE(same(points_of(frontier), expected))
        << "seed " << seed << "\nexpected " << shown(expected) << "\nfound    " << shown(points_of(frontier));
    ASSERT_TRUE(same(unpruned(problem.cost, true), expected)) << "seed " << seed;
    points += expected.size();
    for (const FrontierPoint& point : frontier.points) {
      EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty()) << "seed " << seed;
      EXPECT_TRUE(point.proven);
    }
  }
  EXPECT_GT(points, 1000U);
}

TEST_P(TrailAgainstBruteForce, KnowsWhereTensorsComeFrom) {
  std::size_t solvable = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    CostTable cost = draw(seed).cost;
    add_links(cost, seed);
    const auto expected = brute_trail(cost);
    const auto found = unpruned(cost, true);
    ASSERT_TRUE(same(found, expected)) << "seed " << seed << "\nexpected " << shown(expected) << "\nfound    "
                                       << shown(found);
    // Of period and energy alone.
    ASSERT_TRUE(same(flat(unpruned(cost, false)), flat(expected))) << "seed " << seed;
    const Frontier frontier = explore({.cost = cost}, {.latency = true});
    ASSERT_TRUE(same(points_of(frontier), expected)) << "seed " << seed;
    for (const FrontierPoint& point : frontier.points) {
      EXPECT_THAT(check({.cost = cost}, point.plan, point.score), testing::IsEmpty()) << "seed " << seed;
      const Trace trace = simulate(cost, point.plan, 2);
      EXPECT_NEAR(trace.period_s, point.score.period_s, 1e-9 * point.score.period_s) << "seed " << seed;
      EXPECT_NEAR(trace.latency_s, point.score.latency_s, 1e-9 * point.score.latency_s) << "seed " << seed;
    }
    solvable += !expected.empty();
  }
  EXPECT_GT(solvable, 250U);
}

TEST_P(TrailAgainstBruteForce, KnowsWhatDevicesShare) {
  std::size_t bound_by_a_link = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    CostTable cost = draw(seed).cost;
    if (seed % 3 == 0) add_links(cost, seed);
    add_shared_links(cost, seed);
    const auto expected = brute_trail(cost);
    const auto found = unpruned(cost, true);
    ASSERT_TRUE(same(found, expected)) << "seed " << seed << "\nexpected " << shown(expected) << "\nfound    "
                                       << shown(found);
    ASSERT_TRUE(same(flat(unpruned(cost, false)), flat(expected))) << "seed " << seed;
    const Frontier frontier = explore({.cost = cost}, {.latency = true});
    ASSERT_TRUE(same(points_of(frontier), expected)) << "seed " << seed;
    for (const FrontierPoint& point : frontier.points) {
      EXPECT_THAT(check({.cost = cost}, point.plan, point.score), testing::IsEmpty()) << "seed " << seed;
      const Trace trace = simulate(cost, point.plan, 2);
      EXPECT_GE(trace.period_s, point.score.period_s * (1 - 1e-9)) << "seed " << seed;
      // Branches of one batch may wait for each other at a shared link: then it is more than the longest path.
      EXPECT_GE(trace.latency_s, point.score.latency_s * (1 - 1e-9)) << "seed " << seed;
      if (GetParam().topology == Topology::chain) {
        EXPECT_NEAR(trace.latency_s, point.score.latency_s, 1e-9 * point.score.latency_s) << "seed " << seed;
      }
      double load_s = 0;
      for (const StageScore& stage : point.score.stages) load_s = std::max(load_s, stage.load_s);
      bound_by_a_link += point.score.period_s > load_s * (1 + 1e-9);
    }
  }
  EXPECT_GT(bound_by_a_link, 20U);
}

TEST_P(TrailAgainstBruteForce, OnSharedLinksBatchesComeAtThePeriod) {
  constexpr std::size_t batches = 60;
  int plans = 0;
  int on_time = 0;
  int waiting = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CostTable cost = draw(seed).cost;
    add_shared_links(cost, seed);
    for (const FrontierPoint& point : explore({.cost = cost}).points) {
      const Trace trace = simulate(cost, point.plan, batches);
      std::vector<double> done_s(batches, 0);
      for (const TraceEvent& event : trace.events) done_s[event.batch] = std::max(done_s[event.batch], event.end_s);
      for (std::size_t i = 1; i < batches; ++i) done_s[i] = std::max(done_s[i], done_s[i - 1]);
      const double last_s = done_s.back();
      const bool waits = trace.shared_wait_s > 1e-9 * point.score.period_s;
      const double shown_s =
          waits ? std::max(point.score.period_s, steady_period_s(done_s, point.plan).value()) : point.score.period_s;
      EXPECT_NEAR(trace.period_s, shown_s, 1e-9 * shown_s) << "seed " << seed;
      waiting += trace.period_s > 1.001 * point.score.period_s;
      // Nothing is faster than its busiest device or link; queues cost a little beyond that.
      const double ideal_s = point.score.period_s * static_cast<double>(batches);
      ASSERT_GE(last_s, ideal_s * (1 - 1e-9)) << "seed " << seed;
      on_time += last_s <= 1.1 * (ideal_s + point.score.latency_s);
      ++plans;
    }
  }
  EXPECT_GT(waiting, 10) << "a period is more than the load of the busiest part";
  EXPECT_GT(plans, 200);
  EXPECT_GT(on_time, plans * 9 / 10);
}

TEST_P(TrailAgainstBruteForce, ALatencyLimitIsExact) {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    Problem problem = draw(seed);
    const auto all = brute_trail(problem.cost);
    for (std::size_t i = 0; i < all.size(); i += 3) {
      problem.limits.latency_s = all[i].latency_s * (1 + 1e-9);
      std::vector<Triple> expected;
      for (const Triple& point : all)
        if (point.latency_s <= problem.limits.latency_s) expected.push_back({point.period_s, point.energy_j, 0});
      expected = undominated(std::move(expected));
      const Frontier frontier = explore(problem);
      auto found = points_of(frontier);
      for (Triple& point : found) point.latency_s = 0;
      ASSERT_TRUE(same(found, expected)) << "seed " << seed << "\nexpected " << shown(expected) << "\nfound    "
                                         << shown(found);
      for (const FrontierPoint& point : frontier.points) {
        EXPECT_TRUE(point.proven);
        EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty());
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Random, TrailAgainstBruteForce,
                         testing::Values(Case{Topology::chain, 6, "chain"}, Case{Topology::diamond, 5, "diamond"},
                                         Case{Topology::series_parallel, 5, "series_parallel"},
                                         Case{Topology::random, 5, "random"}),
                         [](const auto& one) { return one.param.name; });

Problem medium(std::uint64_t seed) {
  return random_problem(seed,
                        {.operators = 9 + seed % 3, .max_devices = 5, .topology = static_cast<Topology>(seed % 4)});
}

TEST(Trail, CoarseToFineAndPruningLoseNothing) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Problem problem = medium(seed);
    // Costs of very different size: sums and prices must not drown the small ones.
    if (seed % 3 == 0)
      for (const OpId op : problem.cost.inputs.ids()) problem.cost.compute_s(op, ModeId(0)) *= op.at() % 2 ? 1e-9 : 1;
    const auto expected = unpruned(problem.cost, true);
    const auto found = points_of(explore(problem, {.latency = true}));
    ASSERT_TRUE(same(found, expected)) << "seed " << seed << "\nexpected " << shown(expected) << "\nfound    "
                                       << shown(found);
    compared += expected.size();
  }
  EXPECT_GT(compared, 300U);
}

/// Bounds count the devices of some classes and price those of others where all counts are too many.
TEST(Trail, ManyDevicesLoseNothing) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Problem problem = random_problem(seed, {.operators = 5, .topology = static_cast<Topology>(seed % 4)});
    for (const ClassId device : problem.cost.classes.ids())
      problem.cost.classes[device].count = 6 + static_cast<int>(device.at());
    const auto found = points_of(explore(problem, {.latency = true}));
    const auto expected = undominated(unpruned(problem.cost, true));
    ASSERT_TRUE(same(found, expected)) << "seed " << seed << ": " << shown(found) << "instead of " << shown(expected);
  }
}

/// What waits for several branches bounds the latency by the last of them.
TEST(Trail, BranchesLoseNothing) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Problem problem = random_problem(seed, {.operators = 9 + 4 * (seed % 2), .topology = Topology::blocks});
    const auto found = points_of(explore(problem, {.latency = true}));
    const auto expected = unpruned(problem.cost, true);
    ASSERT_TRUE(same(found, expected)) << "seed " << seed << ": " << shown(found) << "instead of " << shown(expected);
  }
}

TEST(Trail, APointsOwnScoreAsLimitsGivesThePointBack) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const Problem problem = medium(seed);
    const Frontier all = explore(problem, {.latency = true});
    for (std::size_t i = 0; i < all.points.size(); i += 4) {
      const Score& score = all.points[i].score;
      Problem limited = problem;
      limited.limits = {.period_s = score.period_s, .latency_s = score.latency_s, .energy_j = score.energy_j};
      const Frontier found = explore(limited, {.latency = true});
      ASSERT_EQ(found.points.size(), 1U) << "seed " << seed;
      EXPECT_TRUE(same(points_of(found), {{score.period_s, score.energy_j, score.latency_s}})) << "seed " << seed;
    }
  }
}

TEST(Trail, AWiderLatencyLimitIsNeverWorse) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Problem problem = medium(seed);
    const Frontier all = explore(problem, {.latency = true});
    std::vector<Triple> narrower;
    std::vector<double> limits;
    for (const FrontierPoint& point : all.points) limits.push_back(point.score.latency_s);
    std::sort(limits.begin(), limits.end());
    for (std::size_t i = 0; i < limits.size(); i += 1 + limits.size() / 6) {
      problem.limits.latency_s = limits[i];
      auto found = points_of(explore(problem));
      for (Triple& point : found) point.latency_s = 0;
      EXPECT_TRUE(covers(found, narrower)) << "seed " << seed;
      narrower = found;
    }
  }
}

TEST(Trail, GivesTheSameBytesForAnyNumberOfThreads) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const Problem problem = medium(seed);
    const Frontier one = explore(problem, {.latency = true, .threads = 1});
    const Frontier many = explore(problem, {.latency = true, .threads = 4});
    ASSERT_EQ(one.points.size(), many.points.size());
    for (std::size_t i = 0; i < one.points.size(); ++i) EXPECT_EQ(one.points[i].plan, many.points[i].plan);
  }
}

TEST(Trail, WeightsSelectTheSamePointsAsWithoutLatency) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const Problem problem = medium(seed);
    const Frontier flat = explore(problem);
    std::size_t selected = 0;
    for (const FrontierPoint& point : flat.points) selected += point.weight.has_value();
    const Frontier all = explore(problem, {.latency = true});
    std::size_t chosen = 0;
    for (const FrontierPoint& point : all.points) chosen += point.weight && point.weight->lo < point.weight->hi;
    EXPECT_LE(chosen, selected) << "seed " << seed;
    for (const double weight : {0.0, 0.3, 0.7, 1.0}) {
      if (flat.points.empty()) continue;
      const Score& a = flat.pick(weight).score;
      const Score& b = all.pick(weight).score;
      EXPECT_TRUE(no_more(b.period_s, a.period_s) || no_more(b.energy_j, a.energy_j)) << "seed " << seed;
    }
  }
}

TEST(Trail, GivesUpBeyondItsLabels) {
  const CostTable cost = medium(2).cost;
  const auto lattice = Lattice::all(cost, 100'000);
  const std::vector<bool> cuts(lattice->size(), true);
  const TrailResult result = solve_trail({.cost = cost, .lattice = *lattice, .cuts = cuts, .max_labels = 10});
  EXPECT_FALSE(result.finished);
  EXPECT_TRUE(result.plans.empty());
}

}  // namespace
}  // namespace cleave
