// Groups, teams and beams only leave plans out: what remains is legal and scores the same, and nothing beats exact.
#include "search/any_bounds/energy_bound.hpp"
#include "search/beam.hpp"
#include "search/brute_force.hpp"
#include "search/coarsen.hpp"
#include "search/exact.hpp"
#include "search/grouping.hpp"
#include "search/price_envelope.hpp"
#include "search/random_problem.hpp"
#include "search/stage_cost.hpp"

#include <cleave/explore.hpp>

#include <gmock/gmock.h>

#include <chrono>
#include <cmath>

namespace cleave {
namespace {

using testing_support::brute_force;
using testing_support::Point;
using testing_support::random_problem;
using testing_support::Topology;

constexpr Topology kTopologies[] = {Topology::chain, Topology::diamond, Topology::series_parallel, Topology::random};

Problem small(std::uint64_t seed) { return random_problem(seed, {.operators = 6, .topology = kTopologies[seed % 4]}); }

double work_s(const CostTable& cost) {
  double sum = 0;
  for (const OpId op : cost.inputs.ids()) sum += fastest_s(cost, op);
  return sum;
}

std::vector<Plan> all_plans(const CostTable& cost, const Lattice& lattice) {
  const std::vector<bool> cuts(lattice.size(), true);
  return solve_exact(
             cost, lattice, cuts, {}, [] { return false; }, [](double) {})
      .plans;
}

bool no_worse(double a, double b) { return a <= b + 1e-9 * std::max(std::abs(a), std::abs(b)); }

void expect_nothing_better(const CostTable& cost, const std::vector<Plan>& plans, std::uint64_t seed) {
  const std::vector<Point> best = brute_force(cost);
  for (const Plan& plan : plans) {
    const Score score = evaluate(cost, plan);
    EXPECT_TRUE(std::any_of(best.begin(), best.end(),
                            [&](const Point& point) {
                              return no_worse(point.period_s, score.period_s) &&
                                     no_worse(point.energy_j, score.energy_j);
                            }))
        << "seed " << seed;
  }
}

TEST(Grouping, PlansScoreTheSameWhenExpanded) {
  int merged = 0;
  int planned = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Problem problem = small(seed);
    if (!std::isfinite(work_s(problem.cost))) continue;
    const Grouping grouping = group(problem.cost, merged_chains(problem.cost, work_s(problem.cost) / 2));
    merged += grouping.members.size() < problem.cost.operator_count();
    std::vector<Plan> plans;
    for (const Plan& plan : all_plans(grouping.cost, *Lattice::all(grouping.cost, 1000))) {
      const Score claimed = evaluate(grouping.cost, plan);
      plans.push_back(grouping.expand(plan));
      EXPECT_THAT(check(problem, plans.back(), claimed), testing::IsEmpty()) << "seed " << seed;
    }
    planned += !plans.empty();
    expect_nothing_better(problem.cost, plans, seed);
  }
  EXPECT_GT(merged, 500);
  EXPECT_GT(planned, 500);
}

TEST(Grouping, OfSingleOperatorsLosesNothing) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const CostTable cost = small(seed).cost;
    const Grouping grouping = group(cost, merged_chains(cost, -1));
    ASSERT_EQ(grouping.members.size(), cost.operator_count());
    const auto expected = brute_force(cost);
    const auto found = brute_force(grouping.cost);
    ASSERT_EQ(found.size(), expected.size()) << "seed " << seed;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_NEAR(found[i].period_s, expected[i].period_s, 1e-9 * expected[i].period_s);
      EXPECT_NEAR(found[i].energy_j, expected[i].energy_j, 1e-9 * expected[i].energy_j);
    }
  }
}

TEST(Teams, PlansTakeTheSamePeriodAndEnergyWhenExpanded) {
  int teamed = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Problem problem = random_problem(seed, {.operators = 4, .max_devices = 6, .topology = kTopologies[seed % 4]});
    const Teams teams = teams_within(problem.cost, 4);
    for (const int size : teams.size) teamed += size > 1;
    for (const Plan& plan : all_plans(teams.cost, *Lattice::all(teams.cost, 1000))) {
      const Score claimed = evaluate(teams.cost, plan);
      const Plan expanded = teams.expand(plan);
      const Score score = evaluate(problem.cost, expanded);
      EXPECT_THAT(check(problem, expanded, score), testing::IsEmpty()) << "seed " << seed;
      EXPECT_NEAR(score.period_s, claimed.period_s, 1e-9 * score.period_s) << "seed " << seed;
      EXPECT_NEAR(score.energy_j, claimed.energy_j, 1e-9 * score.energy_j) << "seed " << seed;
    }
  }
  EXPECT_GT(teamed, 500);
}

TEST(EvenParts, FollowTheOrderWithoutGaps) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const CostTable cost = small(seed).cost;
    for (const auto& order : likely_orders(cost))
      for (const std::size_t parts : {1, 2, 3, 6}) {
        const auto part_of = even_parts(cost, order, parts);
        std::size_t part = 0;
        for (const OpId op : order) {
          ASSERT_TRUE(part_of[op.at()] == part || part_of[op.at()] == part + 1) << "seed " << seed;
          part = part_of[op.at()];
        }
        EXPECT_EQ(part_of[order.front().at()], 0U);
      }
  }
}

TEST(Beam, IsASublatticeWithoutDeadEnds) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const CostTable cost = random_problem(seed, {.operators = 9, .topology = kTopologies[seed % 4]}).cost;
    const std::size_t all = Lattice::all(cost, 10000)->size();
    for (const std::size_t width : {0, 1, 3, 1000}) {
      const auto some = beam(cost, likely_orders(cost), width, [] { return false; });
      ASSERT_TRUE(some);
      EXPECT_LE(some->size(), all);
      if (width == 1000) {
        EXPECT_EQ(some->size(), all) << "seed " << seed;
      }
      std::vector<bool> left(some->size(), false);
      for (std::uint32_t ideal = 1; ideal < some->size(); ++ideal) {
        EXPECT_FALSE(some->covers(ideal).empty());
        for (const Lattice::Cover& cover : some->covers(ideal)) {
          EXPECT_EQ(some->difference(ideal, cover.lower), std::vector<OpId>{cover.op});
          left[cover.lower] = true;
        }
      }
      EXPECT_EQ(std::count(left.begin(), left.end(), false), 1);  // the top
    }
  }
}

TEST(Beam, IsNeverBetterThanExactAndExactWhenWide) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const CostTable cost = small(seed).cost;
    const auto narrow = beam(cost, likely_orders(cost), 1, [] { return false; });
    expect_nothing_better(cost, all_plans(cost, *narrow), seed);
    const auto whole = beam(cost, likely_orders(cost), 1000, [] { return false; });
    EXPECT_EQ(all_plans(cost, *whole).size(), all_plans(cost, *Lattice::all(cost, 1000)).size()) << "seed " << seed;
  }
}

TEST(TunedPrices, ProveWhatIsUnderEveryPlan) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const CostTable cost = small(seed).cost;
    std::vector<double> periods_s;
    const auto best = brute_force(cost);
    for (const Point& point : best) periods_s.push_back(point.period_s);
    for (const auto& price_w : tuned_load_prices_w(cost, periods_s))
      for (std::size_t i = 0; i < best.size(); ++i)
        EXPECT_LE(proved_j(cost, {price_w}, periods_s[i]),
                  best[i].energy_j * static_cast<double>(cost.batch) * (1 + 1e-9))
            << "seed " << seed;
  }
}

TEST(Wide, KeepsToTheTimeLimit) {
  const Problem problem = random_problem(1, {.operators = 300, .max_devices = 8, .topology = Topology::random});
  const auto start = std::chrono::steady_clock::now();
  const Frontier frontier = explore(problem, {.time_limit_s = 1});
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  EXPECT_LT(taken.count(), 2);
  for (const FrontierPoint& point : frontier.points)
    EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty());
}

}  // namespace
}  // namespace cleave
