// The contract of the search: exact against brute force, legal by the checker, lawful under changes.
#include "base/parallel.hpp"
#include "search/brute_force.hpp"
#include "search/exact.hpp"
#include "search/period.hpp"
#include "search/random_problem.hpp"
#include "search/solvers.hpp"

#include <cleave/explore.hpp>

#include <gmock/gmock.h>

#include <cmath>

namespace cleave {
namespace {

using testing_support::brute_force;
using testing_support::Point;
using testing_support::random_problem;
using testing_support::Topology;

bool close(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max({std::abs(a), std::abs(b), 1e-12}); }

/// `cover` has a point no worse than each of `points`, up to rounding.
bool covers(const std::vector<Point>& cover, const std::vector<Point>& points) {
  return std::all_of(points.begin(), points.end(), [&](const Point& p) {
    return std::any_of(cover.begin(), cover.end(), [&](const Point& q) {
      return (q.period_s <= p.period_s || close(q.period_s, p.period_s)) &&
             (q.energy_j <= p.energy_j || close(q.energy_j, p.energy_j));
    });
  });
}

std::vector<Point> points_of(const Frontier& frontier) {
  std::vector<Point> points;
  for (const FrontierPoint& point : frontier.points) points.push_back({point.score.period_s, point.score.energy_j});
  return points;
}

std::string shown(const std::vector<Point>& points) {
  std::string text;
  for (const Point& point : points)
    text += "(" + std::to_string(point.period_s) + ", " + std::to_string(point.energy_j) + ") ";
  return text;
}

/// What the bounds of a point are about.
double bounded(const Problem& problem, const FrontierPoint& point) {
  return takes_no_joules(problem.cost) ? point.score.period_s : point.score.energy_j;
}

struct Case {
  Topology topology;
  std::size_t operators;
  const char* name;
};

class ExploreAgainstBruteForce : public testing::TestWithParam<Case> {};

TEST_P(ExploreAgainstBruteForce, FindsTheWholeFrontierAndNothingElse) {
  int solvable = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Problem problem = random_problem(seed * 4 + static_cast<std::uint64_t>(GetParam().topology),
                                           {.operators = GetParam().operators, .topology = GetParam().topology});
    const auto expected = brute_force(problem.cost);
    const Frontier frontier = explore(problem);
    const auto found = points_of(frontier);
    ASSERT_TRUE(covers(found, expected) && covers(expected, found))
        << "seed " << seed << "\nexpected " << shown(expected) << "\nfound    " << shown(found);
    solvable += !expected.empty();
    for (const FrontierPoint& point : frontier.points) {
      EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty()) << "seed " << seed;
      EXPECT_TRUE(point.proven);
      EXPECT_EQ(point.gap, 0);
    }
  }
  EXPECT_GT(solvable, 250);
}

INSTANTIATE_TEST_SUITE_P(Random, ExploreAgainstBruteForce,
                         testing::Values(Case{Topology::chain, 6, "chain"}, Case{Topology::diamond, 5, "diamond"},
                                         Case{Topology::series_parallel, 5, "series_parallel"},
                                         Case{Topology::random, 5, "random"}),
                         [](const auto& one) { return one.param.name; });

Problem medium(std::uint64_t seed) {
  return random_problem(seed, {.operators = 12, .max_devices = 6, .topology = Topology::random});
}

/// The engine without known plans, cuts or prices to prune by.
std::vector<Point> unpruned(const CostTable& cost) {
  const auto lattice = Lattice::all(cost, 100'000);
  const auto result = solve_exact(
      cost, *lattice, std::vector<bool>(lattice->size(), true), {}, [] { return false; }, [](double) {});
  std::vector<Point> points;
  for (const Plan& plan : result.plans) {
    const Score score = evaluate(cost, plan);
    points.push_back({score.period_s, score.energy_j});
  }
  return points;
}

TEST(Explore, CoarseToFineAndPruningLoseNothing) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 0; seed < 240; ++seed) {
    Problem problem = random_problem(
        seed, {.operators = 9 + seed % 7, .max_devices = 6, .topology = static_cast<Topology>(seed % 4)});
    // Costs of very different size: sums and prices must not drown the small ones.
    if (seed % 3 == 0)
      for (const OpId op : problem.cost.inputs.ids()) problem.cost.compute_s(op, ModeId(0)) *= op.at() % 2 ? 1e-9 : 1;
    const auto expected = unpruned(problem.cost);
    const auto found = points_of(explore(problem));
    ASSERT_TRUE(covers(found, expected) && covers(expected, found))
        << "seed " << seed << "\nexpected " << shown(expected) << "\nfound    " << shown(found);
    compared += expected.size();
  }
  EXPECT_GT(compared, 300U);
}

TEST(Explore, WhereAllPlansTakeTheSameEnergyTheFastestIsTheFrontier) {
  int wide = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Problem problem = random_problem(seed, {.operators = 6, .topology = static_cast<Topology>(seed % 4)});
    CostTable& cost = problem.cost;
    for (ClassCost& device : cost.classes) device.idle_w = 0;
    for (ModeCost& mode : cost.modes) mode.stage_launch_j = mode.reload_j_per_byte = 0;
    cost.transfer_j = Table<TensorId, ModeId, double>(cost.tensors.size(), cost.modes.size());
    for (const OpId op : cost.inputs.ids())
      for (const ModeId mode : cost.modes.ids())
        if (std::isfinite(cost.compute_s(op, mode))) cost.compute_j(op, mode) = 0.1 * static_cast<double>(op.at() + 1);
    const auto expected = brute_force(cost);
    const auto found = points_of(explore(problem));
    ASSERT_TRUE(covers(found, expected) && covers(expected, found))
        << "seed " << seed << "\nexpected " << shown(expected) << "\nfound    " << shown(found);
    EXPECT_LE(found.size(), 1U) << "seed " << seed;
    wide += !found.empty() && Lattice::all(cost, 1000)->size() > cost.operator_count() + 1;
  }
  EXPECT_GT(wide, 80);
}

TEST(Explore, ManyClassesOfOneDeviceAreCutDownNotOverflowed) {
  Problem problem = random_problem(1, {.operators = 6, .topology = Topology::chain});
  CostTable& cost = problem.cost;
  const ClassCost device{.memory_bytes = 1e9};
  const std::size_t classes = 64;
  cost.classes = IndexVector<ClassId, ClassCost>(classes, device);
  cost.modes = IndexVector<ModeId, ModeCost>(classes);
  cost.compute_s = Table<OpId, ModeId, double>(cost.operator_count(), classes, 1.0);
  cost.compute_j = cost.weight_bytes = cost.live_bytes = cost.compute_s;
  cost.transfer_s = Table<TensorId, ModeId, double>(cost.tensors.size(), classes, 0.01);
  cost.transfer_j = cost.transfer_bytes = cost.transfer_s;
  for (const ModeId mode : cost.modes.ids()) cost.modes[mode].device_class = ClassId(mode.at());
  const Frontier frontier = explore(problem);
  ASSERT_FALSE(frontier.points.empty());
  EXPECT_FALSE(frontier.exhaustive);
  for (const FrontierPoint& point : frontier.points) {
    EXPECT_FALSE(point.proven);
    EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty());
  }
}

TEST(Explore, ALatencyLimitIsMetByAPlanOffTheFrontierWhereOneExists) {
  int helped = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Problem problem = medium(seed);
    const auto unlimited = points_of(explore(problem));
    for (const Baseline& baseline : baselines(problem)) {
      problem.limits.latency_s = baseline.score.latency_s;
      const Frontier frontier = explore(problem);
      ASSERT_FALSE(frontier.points.empty()) << "seed " << seed << ", " << baseline.name;
      for (const FrontierPoint& point : frontier.points) {
        EXPECT_LE(point.score.latency_s, problem.limits.latency_s);
        EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty());
        EXPECT_TRUE(point.proven);
        helped += std::none_of(unlimited.begin(), unlimited.end(), [&](const Point& known) {
          return close(known.period_s, point.score.period_s) && close(known.energy_j, point.score.energy_j);
        });
        EXPECT_LE(point.bound, bounded(problem, point));
      }
    }
  }
  EXPECT_GT(helped, 0);
}

void expect_same_for_any_number_of_threads(const Problem& problem) {
  const Frontier one = explore(problem, {.threads = 1});
  for (const int threads : {2, 4}) {
    const Frontier many = explore(problem, {.threads = threads});
    ASSERT_EQ(one.points.size(), many.points.size());
    for (std::size_t i = 0; i < one.points.size(); ++i) {
      EXPECT_EQ(one.points[i].plan, many.points[i].plan);
      EXPECT_EQ(one.points[i].score.energy_j, many.points[i].score.energy_j);
    }
  }
}

TEST(Explore, GivesTheSameBytesForAnyNumberOfThreads) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) expect_same_for_any_number_of_threads(medium(seed));
}

/// So many vectors of counts that threads take them in blocks.
TEST(Explore, GivesTheSameBytesForAnyNumberOfThreadsWithManyDevices) {
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 40 && compared < 3; ++seed) {
    Problem problem = random_problem(seed, {.operators = 8, .topology = Topology::chain});
    if (problem.cost.classes.size() < 3) continue;
    for (ClassCost& device : problem.cost.classes) device.count = 20;
    expect_same_for_any_number_of_threads(problem);
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

TEST(Explore, FrontierIsSortedAndNothingOnItIsDominated) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto points = points_of(explore(medium(seed)));
    for (std::size_t i = 1; i < points.size(); ++i) {
      EXPECT_LT(points[i].period_s * (1 + 1e-13), points[i - 1].period_s);
      EXPECT_GT(points[i].energy_j, points[i - 1].energy_j * (1 + 1e-13));
    }
  }
}

TEST(Explore, IsNeverWorseThanABaseline) {
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    const Problem problem = medium(seed);
    const auto frontier = points_of(explore(problem));
    for (const Baseline& baseline : baselines(problem)) {
      EXPECT_THAT(check(problem, baseline.plan, baseline.score), testing::IsEmpty())
          << baseline.name << ", seed " << seed;
      EXPECT_TRUE(covers(frontier, {{baseline.score.period_s, baseline.score.energy_j}}))
          << baseline.name << ", seed " << seed;
      ++compared;
    }
  }
  EXPECT_GT(compared, 60);
}

TEST(Explore, ABetterClusterIsNeverWorse) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Problem problem = medium(seed);
    const auto before = points_of(explore(problem));
    Problem more = problem;
    ++more.cost.classes[ClassId(0)].count;
    EXPECT_TRUE(covers(points_of(explore(more)), before)) << "a device added, seed " << seed;
    Problem faster = problem;
    for (const TensorId tensor : faster.cost.tensors.ids()) faster.cost.transfer_s(tensor, ModeId(0)) /= 2;
    EXPECT_TRUE(covers(points_of(explore(faster)), before)) << "bandwidth raised, seed " << seed;
    Problem roomier = problem;
    for (ClassCost& device : roomier.cost.classes) device.memory_bytes *= 2;
    EXPECT_TRUE(covers(points_of(explore(roomier)), before)) << "memory doubled, seed " << seed;
  }
}

TEST(Explore, ScalingTimeScalesPeriods) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Problem problem = medium(seed);
    for (ClassCost& device : problem.cost.classes) device.idle_w = 0;
    auto expected = points_of(explore(problem));
    for (Point& point : expected) point.period_s *= 8;
    for (const ModeId mode : problem.cost.modes.ids()) {
      problem.cost.modes[mode].stage_launch_s *= 8;
      problem.cost.modes[mode].reload_s_per_byte *= 8;
      for (const OpId op : problem.cost.inputs.ids()) problem.cost.compute_s(op, mode) *= 8;
      for (const TensorId tensor : problem.cost.tensors.ids()) problem.cost.transfer_s(tensor, mode) *= 8;
    }
    const auto found = points_of(explore(problem));
    EXPECT_TRUE(covers(found, expected) && covers(expected, found)) << "seed " << seed;
  }
}

TEST(Explore, APointsOwnScoreAsLimitGivesThePointBack) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Problem problem = medium(seed);
    for (const FrontierPoint& point : explore(problem).points) {
      Problem limited = problem;
      limited.limits = {.period_s = point.score.period_s, .energy_j = point.score.energy_j};
      const Frontier found = explore(limited);
      ASSERT_EQ(found.points.size(), 1U);
      EXPECT_EQ(found.points[0].plan, point.plan);
    }
  }
}

/// The first known plan is as good as any can be, so that no state of the lattice is worth computing.
TEST(Explore, ProvesWhatNeedsNoSearch) {
  Problem problem = random_problem(3, {.operators = 8, .topology = Topology::random});
  CostTable& cost = problem.cost;
  for (ClassCost& device : cost.classes) device = {.count = device.count};
  for (const ModeId mode : cost.modes.ids()) cost.modes[mode] = {.device_class = cost.modes[mode].device_class};
  cost.compute_s = cost.compute_j = Table<OpId, ModeId, double>(cost.operator_count(), cost.modes.size());
  cost.transfer_s = cost.transfer_j = Table<TensorId, ModeId, double>(cost.tensors.size(), cost.modes.size());
  const Frontier frontier = explore(problem);
  ASSERT_EQ(frontier.points.size(), 1u);
  EXPECT_EQ(frontier.points[0].score.period_s, 0);
  EXPECT_EQ(frontier.points[0].score.energy_j, 0);
  EXPECT_TRUE(frontier.points[0].proven);
}

TEST(Explore, BeyondTheIdealLimitItFallsBackToABeamAndSaysSo) {
  int unproven = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Problem problem = medium(seed);
    const Frontier exact = explore(problem);
    const Frontier cut = explore(problem, {.max_ideals = 13});
    EXPECT_TRUE(covers(points_of(exact), points_of(cut)));
    for (const FrontierPoint& point : cut.points) {
      if (point.proven) continue;
      ++unproven;
      EXPECT_TRUE(point.solver == "chain" || point.solver == "beam" || point.solver == "baseline");
      EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty());
      EXPECT_LE(point.bound, bounded(problem, point));
      // The bound holds for the exact plans too.
      for (const FrontierPoint& other : exact.points) {
        if (other.score.period_s > point.score.period_s) continue;
        EXPECT_GE(bounded(problem, other), point.bound * (1 - 1e-9));
      }
    }
  }
  EXPECT_GT(unproven, 20);
}

/// By a clock that moves when it is looked at: all ideals of 14 branches take longer than it has.
TEST(Explore, AllIdealsLeaveTimeToOtherSolversWhereThereIsALimit) {
  const Problem problem = random_problem(1, {.operators = 16, .topology = Topology::diamond});
  const ExploreOptions options{.time_limit_s = 100};
  Pool pool(problem, false);
  for (Baseline& baseline : baselines(problem)) pool.add(std::move(baseline.plan), "baseline");
  double left_s = options.time_limit_s;
  const SearchContext context{.problem = problem,
                              .options = options,
                              .pool = pool,
                              .stopped =
                                  [&] {
                                    left_s -= 0.01;
                                    return left_s < 0;
                                  },
                              .seconds_left = [&] { return left_s; },
                              .report = [](const char*, double) {}};
  const Outcome outcome = on_threads(1, [&] { return solve_contiguous(context); });
  EXPECT_FALSE(outcome.exhaustive);
  EXPECT_NEAR(left_s, 40, 1);
}

TEST(Explore, AStoppedSearchStillReturnsLegalPlans) {
  std::stop_source stop;
  stop.request_stop();
  const Problem problem = medium(3);
  const Frontier frontier = explore(problem, {.stop = stop.get_token()});
  EXPECT_FALSE(frontier.complete);
  for (const FrontierPoint& point : frontier.points) {
    EXPECT_FALSE(point.proven);
    EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty());
  }
}

}  // namespace
}  // namespace cleave
