// One run against one search per sub-cluster, and against brute force.
#include "search/brute_force.hpp"
#include "search/brute_trail.hpp"
#include "search/random_problem.hpp"

#include <cleave/cluster.hpp>
#include <cleave/error.hpp>
#include <cleave/network.hpp>
#include <cleave/subclusters.hpp>

#include <gmock/gmock.h>

#include <cmath>

namespace cleave {
namespace {

using testing_support::add_links;
using testing_support::add_shared_links;
using testing_support::brute_force;
using testing_support::brute_trail;
using testing_support::Point;
using testing_support::random_problem;
using testing_support::Topology;
using testing_support::Triple;

bool close(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max({std::abs(a), std::abs(b), 1e-12}); }

template <class Row, class T>
Table<Row, ModeId, T> columns_of(const Table<Row, ModeId, T>& table, std::size_t rows,
                                 const std::vector<ModeId>& modes) {
  Table<Row, ModeId, T> kept(rows, modes.size());
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < modes.size(); ++i) kept(Row(row), ModeId(i)) = table(Row(row), modes[i]);
  return kept;
}

LinkCost links_between(const LinkCost& links, const IndexVector<ClassId, int>& counts) {
  std::vector<ClassId> kept;
  for (const ClassId device : counts.ids())
    if (counts[device] > 0) kept.push_back(device);
  LinkCost less = links;
  for (const auto field : {&LinkCost::latency_s, &LinkCost::s_per_byte, &LinkCost::j_per_byte}) {
    less.*field = Table<ClassId, ClassId, double>(kept.size(), kept.size());
    for (std::size_t i = 0; i < kept.size(); ++i)
      for (std::size_t j = 0; j < kept.size(); ++j)
        (less.*field)(ClassId(i), ClassId(j)) = (links.*field)(kept[i], kept[j]);
  }
  for (std::size_t k = 0; k < links.shared.size(); ++k) {
    less.shared[k].member = {};
    for (const ClassId device : kept) less.shared[k].member.push_back(links.shared[k].member[device]);
  }
  return less;
}

/// The table of a cluster that has `counts` devices; classes without any do not occur.
CostTable with_devices(const CostTable& cost, const IndexVector<ClassId, int>& counts) {
  CostTable less = cost;
  less.classes = {};
  less.modes = {};
  std::vector<ModeId> modes;
  for (const ClassId device : cost.classes.ids()) {
    if (counts[device] == 0) continue;
    const ClassId id = less.classes.push_back(cost.classes[device]);
    less.classes[id].count = counts[device];
    for (const ModeId mode : cost.modes.ids()) {
      if (cost.modes[mode].device_class != device) continue;
      modes.push_back(mode);
      less.modes[less.modes.push_back(cost.modes[mode])].device_class = id;
    }
  }
  const std::size_t operators = cost.operator_count();
  const std::size_t tensors = cost.tensors.size();
  for (const auto field :
       {&CostTable::compute_s, &CostTable::compute_j, &CostTable::weight_bytes, &CostTable::live_bytes})
    less.*field = columns_of(cost.*field, operators, modes);
  for (const auto field : {&CostTable::transfer_s, &CostTable::transfer_j, &CostTable::transfer_bytes})
    less.*field = columns_of(cost.*field, tensors, modes);
  if (cost.links) less.links = links_between(*cost.links, counts);
  return less;
}

bool none(const IndexVector<ClassId, int>& counts) {
  return std::all_of(counts.begin(), counts.end(), [](int count) { return count == 0; });
}

/// What `plan` takes is what `counts` has.
bool within(const CostTable& cost, const Plan& plan, const IndexVector<ClassId, int>& counts) {
  IndexVector<ClassId, int> left = counts;
  for (const Stage& stage : plan.stages) left[cost.modes[stage.mode].device_class] -= stage.replicas;
  return std::all_of(left.begin(), left.end(), [](int count) { return count >= 0; });
}

std::vector<Point> points_of(const Frontier& frontier) {
  std::vector<Point> points;
  for (const FrontierPoint& point : frontier.points) points.push_back({point.score.period_s, point.score.energy_j});
  return points;
}

testing::AssertionResult same(const std::vector<Point>& a, const std::vector<Point>& b) {
  const auto equal = [](const Point& x, const Point& y) {
    return close(x.period_s, y.period_s) && close(x.energy_j, y.energy_j);
  };
  if (std::equal(a.begin(), a.end(), b.begin(), b.end(), equal)) return testing::AssertionSuccess();
  auto failure = testing::AssertionFailure();
  for (const auto* points : {&a, &b}) {
    failure << "\n";
    for (const Point& point : *points) failure << "(" << point.period_s << ", " << point.energy_j << ") ";
  }
  return failure;
}

/// Every sub-cluster's points are those of a search on it alone. Returns how many points there are.
std::size_t expect_as_explored_apart(const CostTable& cost) {
  const Subclusters found = explore_subclusters(cost);
  EXPECT_TRUE(found.exhaustive && found.complete);
  std::size_t vectors = 1;
  for (const ClassCost& device : cost.classes) vectors *= static_cast<std::size_t>(device.count) + 1;
  EXPECT_EQ(found.all.size(), vectors);
  std::size_t points = 0;
  for (const Subcluster& one : found.all) {
    const Frontier frontier = found.frontier(one);
    points += frontier.points.size();
    if (none(one.counts)) {
      EXPECT_TRUE(one.plans.empty());
      continue;
    }
    const Frontier apart = explore({.cost = with_devices(cost, one.counts)});
    EXPECT_TRUE(same(points_of(frontier), points_of(apart)));
    for (const FrontierPoint& point : frontier.points) {
      EXPECT_TRUE(within(cost, point.plan, one.counts));
      EXPECT_TRUE(point.proven);
      EXPECT_EQ(point.bound, point.score.energy_j);
    }
  }
  for (const auto& made : found.plans) EXPECT_THAT(check({.cost = cost}, made.plan, made.score), testing::IsEmpty());
  return points;
}

CostTable random_cost(std::uint64_t seed, std::size_t operators, int max_devices) {
  return random_problem(
             seed, {.operators = operators, .max_devices = max_devices, .topology = static_cast<Topology>(seed % 4)})
      .cost;
}

TEST(Subclusters, AreWhatASearchOnThemAloneFinds) {
  std::size_t points = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    points += expect_as_explored_apart(random_cost(seed, 5 + seed % 6, 6));
    if (HasFailure()) return;
  }
  EXPECT_GT(points, 3000U);
}

TEST(Subclusters, WithLinksAreWhatASearchOnThemAloneFinds) {
  std::size_t points = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    CostTable cost = random_cost(seed, 4 + seed % 4, 5);
    if (seed % 3 != 0) add_links(cost, seed);
    if (seed % 3 != 1) add_shared_links(cost, seed);
    points += expect_as_explored_apart(cost);
    if (HasFailure()) return;
  }
  EXPECT_GT(points, 1000U);
}

TEST(Subclusters, AreWhatBruteForceFinds) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 1000; seed < 1300; ++seed) {
    const CostTable cost = random_cost(seed, 5, 4);
    const Subclusters found = explore_subclusters(cost);
    for (const Subcluster& one : found.all) {
      if (none(one.counts)) continue;
      const auto expected = brute_force(with_devices(cost, one.counts));
      // Points that differ by rounding only are one for the search and two for brute force.
      const auto covered = [](const std::vector<Point>& by, const std::vector<Point>& points) {
        return std::all_of(points.begin(), points.end(), [&](const Point& p) {
          return std::any_of(by.begin(), by.end(), [&](const Point& q) {
            return (q.period_s <= p.period_s || close(q.period_s, p.period_s)) &&
                   (q.energy_j <= p.energy_j || close(q.energy_j, p.energy_j));
          });
        });
      };
      const auto points = points_of(found.frontier(one));
      ASSERT_TRUE(covered(points, expected) && covered(expected, points)) << "seed " << seed;
      compared += expected.size();
    }
  }
  EXPECT_GT(compared, 1000U);
}

/// Each of `points` is no better than one of `by`, up to rounding.
bool covered(const std::vector<Triple>& by, const std::vector<Triple>& points) {
  const auto no_more = [](double a, double b) { return a <= b || close(a, b); };
  return std::all_of(points.begin(), points.end(), [&](const Triple& p) {
    return std::any_of(by.begin(), by.end(), [&](const Triple& q) {
      return no_more(q.period_s, p.period_s) && no_more(q.energy_j, p.energy_j) && no_more(q.latency_s, p.latency_s);
    });
  });
}

std::vector<Triple> triples_of(const Frontier& frontier) {
  std::vector<Triple> triples;
  for (const FrontierPoint& point : frontier.points)
    triples.push_back({point.score.period_s, point.score.energy_j, point.score.latency_s});
  return triples;
}

TEST(Subclusters, WithLatencyAreWhatBruteForceFinds) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 2000; seed < 2300; ++seed) {
    SCOPED_TRACE(seed);
    CostTable cost = random_cost(seed, 4 + seed % 2, 4);
    if (seed % 3 == 0) add_links(cost, seed);
    if (seed % 6 == 0) add_shared_links(cost, seed);
    const Subclusters found = explore_subclusters(cost, {.latency = true});
    ASSERT_TRUE(found.exhaustive && found.complete);
    for (const Subcluster& one : found.all) {
      if (none(one.counts)) continue;
      const auto expected = brute_trail(with_devices(cost, one.counts));
      const Frontier frontier = found.frontier(one);
      const auto points = triples_of(frontier);
      ASSERT_TRUE(covered(points, expected) && covered(expected, points));
      for (const FrontierPoint& point : frontier.points) {
        ASSERT_TRUE(within(cost, point.plan, one.counts));
        ASSERT_THAT(check({.cost = cost}, point.plan, point.score), testing::IsEmpty());
      }
      compared += expected.size();
    }
  }
  EXPECT_GT(compared, 3000U);
}

TEST(Subclusters, WithLatencyAreWhatASearchOnThemAloneFinds) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    const CostTable cost = random_cost(seed, 7 + seed % 4, 5);
    const Subclusters found = explore_subclusters(cost, {.latency = true});
    ASSERT_TRUE(found.exhaustive && found.complete);
    for (const Subcluster& one : found.all) {
      if (none(one.counts)) continue;
      const auto apart = triples_of(explore({.cost = with_devices(cost, one.counts)}, {.latency = true}));
      const auto points = triples_of(found.frontier(one));
      ASSERT_EQ(points.size(), apart.size());
      ASSERT_TRUE(covered(points, apart) && covered(apart, points));
    }
  }
}

TEST(Subclusters, WithLatencyAreTheSameForAnyNumberOfThreads) {
  const CostTable cost = make_cost_table(read_network("zoo:squeezenet"), read_cluster("edge4"));
  const Subclusters one = explore_subclusters(cost, {.latency = true, .threads = 1});
  const Subclusters two = explore_subclusters(cost, {.latency = true, .threads = 2});
  ASSERT_EQ(one.plans.size(), two.plans.size());
  for (std::size_t i = 0; i < one.plans.size(); ++i) EXPECT_EQ(one.plans[i].plan, two.plans[i].plan);
}

class SubclustersOfNetworks : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(SubclustersOfNetworks, AreWhatASearchOnThemAloneFinds) {
  const auto [network, cluster] = GetParam();
  EXPECT_GT(expect_as_explored_apart(make_cost_table(read_network(network), read_cluster(cluster))), 10U);
}

INSTANTIATE_TEST_SUITE_P(Zoo, SubclustersOfNetworks,
                         testing::Values(std::tuple("zoo:vgg8", "edge4"), std::tuple("zoo:resnet50", "edge4"),
                                         std::tuple("zoo:bert-base", "edge4"), std::tuple("zoo:squeezenet", "coral4")),
                         [](const auto& one) {
                           std::string name = std::string(std::get<0>(one.param)) + "_" + std::get<1>(one.param);
                           std::replace_if(
                               name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

TEST(Subclusters, AreTheSameForAnyNumberOfThreads) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const CostTable cost = random_cost(seed, 9, 6);
    const Subclusters one = explore_subclusters(cost, {.threads = 1});
    const Subclusters two = explore_subclusters(cost, {.threads = 2});
    ASSERT_EQ(one.plans.size(), two.plans.size());
    for (std::size_t i = 0; i < one.plans.size(); ++i) EXPECT_EQ(one.plans[i].plan, two.plans[i].plan);
  }
}

TEST(Subclusters, BeyondTheIdealLimitTheyAreLegalBoundedAndNotProven) {
  int points = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const CostTable cost = random_cost(seed, 9, 5);
    const Subclusters exact = explore_subclusters(cost);
    const Subclusters cut = explore_subclusters(cost, {.max_ideals = 10});
    if (cut.exhaustive) continue;  // a chain
    for (std::size_t i = 0; i < cut.all.size(); ++i)
      for (const FrontierPoint& point : cut.frontier(cut.all[i]).points) {
        ++points;
        EXPECT_FALSE(point.proven);
        EXPECT_THAT(check({.cost = cost}, point.plan, point.score), testing::IsEmpty());
        for (const FrontierPoint& other : exact.frontier(exact.all[i]).points) {
          if (other.score.period_s > point.score.period_s) continue;
          EXPECT_GE(other.score.energy_j, point.bound * (1 - 1e-9));
        }
      }
  }
  EXPECT_GT(points, 50);
}

TEST(Subclusters, StoppedTheySaySo) {
  std::stop_source stop;
  stop.request_stop();
  const Subclusters found = explore_subclusters(random_cost(3, 9, 4), {.stop = stop.get_token()});
  EXPECT_FALSE(found.complete);
  EXPECT_FALSE(found.exhaustive);
  EXPECT_TRUE(found.plans.empty());
}

TEST(Subclusters, TooManyAreRefused) {
  CostTable cost = random_cost(1, 5, 4);
  cost.classes[ClassId(0)].count = 1'000'000;
  EXPECT_THROW(static_cast<void>(explore_subclusters(cost)), UsageError);
}

}  // namespace
}  // namespace cleave
