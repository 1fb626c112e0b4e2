// Some parts of a cluster in one run, pruned by what is known of each, against all of its sub-clusters, pruned by
// nothing.
#include "search/parts.hpp"
#include "base/parallel.hpp"
#include "search/period.hpp"
#include "search/random_problem.hpp"
#include "search/staircase.hpp"

#include <cleave/subclusters.hpp>

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace cleave {
namespace {

using testing_support::add_links;
using testing_support::forget_joules;
using testing_support::random_problem;
using testing_support::Topology;

using Counts = std::vector<int>;

const auto kNever = [] { return false; };

std::vector<int> whole(const CostTable& cost) {
  Counts counts;
  for (const ClassCost& device : cost.classes) counts.push_back(device.count);
  return counts;
}

bool part_of(const Counts& some, const Counts& all) {
  return std::equal(some.begin(), some.end(), all.begin(), [](int a, int b) { return a <= b; });
}

struct Figures {
  double period_s;
  double energy_j;
};

bool close(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b)); }

/// Points that differ by rounding only may be one or two.
bool covered(const std::vector<Figures>& points, const std::vector<Figures>& by) {
  return std::all_of(points.begin(), points.end(), [&](const Figures& p) {
    return std::any_of(by.begin(), by.end(), [&](const Figures& q) {
      return (q.period_s <= p.period_s || close(q.period_s, p.period_s)) &&
             (q.energy_j <= p.energy_j || close(q.energy_j, p.energy_j));
    });
  });
}

/// Checks every part; returns how many points there are.
std::size_t expect_as_subclusters(const CostTable& cost, const std::vector<Counts>& parts) {
  const auto found = solve_parts(cost, parts, {}, kNever);
  if (!found || !found->finished) {
    ADD_FAILURE() << "not solved";
    return 0;
  }
  const Subclusters all = explore_subclusters(cost);
  std::size_t points = 0;
  for (const Counts& counts : parts) {
    Staircase<Figures> best;
    for (const PartsPlans::One& one : found->plans)
      if (part_of(one.used, counts)) best.insert({one.score.period_s, one.score.energy_j});
    std::vector<Figures> expected;
    for (const Subcluster& one : all.all)
      if (Counts(one.counts.begin(), one.counts.end()) == counts)
        for (const FrontierPoint& point : all.frontier(one).points)
          expected.push_back({point.score.period_s, point.score.energy_j});
    EXPECT_TRUE(covered(expected, best.items()) && covered(best.items(), expected))
        << testing::PrintToString(counts) << ": " << best.items().size() << " points, not " << expected.size();
    points += expected.size();
  }
  for (const PartsPlans::One& one : found->plans)
    EXPECT_THAT(check({.cost = cost}, one.plan, one.score), testing::IsEmpty());
  return points;
}

/// A few vectors of counts, in no order, the whole cluster among them.
std::vector<Counts> random_parts(const CostTable& cost, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Counts> parts = {whole(cost)};
  for (std::size_t i = seed % 5; i > 0; --i) {
    Counts part;
    for (const ClassCost& device : cost.classes)
      part.push_back(static_cast<int>(random() % static_cast<std::uint64_t>(device.count + 1)));
    parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(random() % (parts.size() + 1)), part);
  }
  return parts;
}

CostTable random_cost(std::uint64_t seed) {
  return random_problem(seed,
                        {.operators = 5 + seed % 7, .max_devices = 7, .topology = static_cast<Topology>(seed % 4)})
      .cost;
}

/// Every operator runs on every device.
CostTable everywhere(CostTable cost) {
  for (ClassCost& device : cost.classes) device.memory_bytes = kCannot;
  for (const ModeId mode : cost.modes.ids()) {
    cost.modes[mode].resident_bytes = kCannot;
    for (const OpId op : cost.inputs.ids())
      if (cost.compute_s(op, mode) == kCannot) cost.compute_s(op, mode) = 1;
  }
  return cost;
}

TEST(Parts, AreWhatSubclustersAre) {
  std::size_t points = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    const CostTable cost = random_cost(seed);
    if (period_is_all(cost)) continue;
    points += expect_as_subclusters(cost, random_parts(cost, seed));
    if (HasFailure()) return;
  }
  EXPECT_GT(points, 2000U);
}

/// Large enough for cuts at a few places to come first.
TEST(Parts, OfLongNetworksAreWhatSubclustersAre) {
  std::size_t points = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const CostTable cost =
        everywhere(random_problem(seed, {.operators = 40, .max_devices = 6, .topology = Topology::chain}).cost);
    points += expect_as_subclusters(cost, random_parts(cost, 5 * seed + 4));
  }
  EXPECT_GT(points, 100U);
}

TEST(Parts, OfNetworksAreWhatSubclustersAre) {
  for (const char* network : {"zoo:resnet50", "zoo:mobilenetv2", "zoo:squeezenet"}) {
    SCOPED_TRACE(network);
    const CostTable cost = make_cost_table(read_network(network), read_cluster("edge4"));
    EXPECT_GT(expect_as_subclusters(cost, {{1, 1, 2, 0}, {1, 1, 2, 1}, {0, 1, 1, 2}, {1, 0, 0, 4}, {1, 1, 2, 4}}), 20U);
  }
}

TEST(Parts, AreTheSameForAnyNumberOfThreads) {
  const CostTable cost = make_cost_table(read_network("zoo:squeezenet"), read_cluster("edge4"));
  const std::vector<Counts> parts = {{1, 1, 1, 1}, {1, 1, 2, 4}};
  const auto one = on_threads(1, [&] { return solve_parts(cost, parts, {}, kNever); });
  const auto two = on_threads(2, [&] { return solve_parts(cost, parts, {}, kNever); });
  ASSERT_TRUE(one && two);
  ASSERT_EQ(one->plans.size(), two->plans.size());
  for (std::size_t i = 0; i < one->plans.size(); ++i) EXPECT_EQ(one->plans[i].plan, two->plans[i].plan);
}

TEST(Parts, HaveWhatWasKnownWhenTheyWereStopped) {
  const CostTable cost = make_cost_table(read_network("zoo:squeezenet"), read_cluster("edge4"));
  const std::size_t baseline_plans = baselines({.cost = cost}).size();
  std::size_t most = 0;
  bool finished = false;
  for (std::size_t polls = 64; !finished; polls *= 2) {
    std::size_t left = polls;
    const auto found =
        on_threads(1, [&] { return solve_parts(cost, {whole(cost)}, {}, [&] { return left == 0 || --left == 0; }); });
    if (!found) continue;  // before all ideals were there
    finished = found->finished;
    if (finished) break;
    EXPECT_GE(found->plans.size(), baseline_plans);
    most = std::max(most, found->plans.size());
    for (const PartsPlans::One& one : found->plans) EXPECT_TRUE(check({.cost = cost}, one.plan, one.score).empty());
  }
  EXPECT_GT(most, baseline_plans) << "coarse searches found plans";
}

TEST(Parts, SayWhenTheyWereStoppedAndWhatTheyAreNotFor) {
  const CostTable cost = random_cost(3);
  const auto stopped = solve_parts(cost, {whole(cost)}, {}, [] { return true; });
  EXPECT_TRUE(!stopped || !stopped->finished);
  CostTable linked = cost;
  add_links(linked, 3);
  EXPECT_FALSE(solve_parts(linked, {whole(cost)}, {}, kNever));
  CostTable powerless = cost;
  forget_joules(powerless);
  EXPECT_FALSE(solve_parts(powerless, {whole(cost)}, {}, kNever));
  EXPECT_FALSE(solve_parts(random_cost(1), {whole(random_cost(1))}, {.max_ideals = 2}, kNever));
}

}  // namespace
}  // namespace cleave
