// Joint placement against every split of the devices and every plan on either side.
#include "search/brute_force.hpp"
#include "search/brute_trail.hpp"
#include "search/random_problem.hpp"

#include <cleave/error.hpp>
#include <cleave/joint.hpp>

#include <gmock/gmock.h>

#include <cmath>

namespace cleave {
namespace {

using testing_support::add_links;
using testing_support::add_shared_links;
using testing_support::every_plan;
using testing_support::every_trail;
using testing_support::non_dominated;
using testing_support::on_shared_links;
using testing_support::Point;
using testing_support::random_problem;
using testing_support::score_of;
using testing_support::Taken;
using testing_support::Topology;

bool close(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max({std::abs(a), std::abs(b), 1e-12}); }

/// Networks on one cluster: the first one's classes and links.
std::vector<JointNetwork> random_networks(std::uint64_t seed, std::size_t count, std::size_t operators, int max_devices,
                                          bool shared = false) {
  std::vector<JointNetwork> networks;
  for (std::uint64_t next = seed * 1000; networks.size() < count; ++next) {
    CostTable cost =
        random_problem(
            next, {.operators = operators, .max_devices = max_devices, .topology = static_cast<Topology>(next % 4)})
            .cost;
    if (!networks.empty() && cost.classes.size() != networks[0].cost.classes.size()) continue;
    if (networks.empty() && shared) {
      if (seed % 3 == 0) add_links(cost, seed);
      add_shared_links(cost, seed);
    }
    if (!networks.empty()) {
      cost.classes = networks[0].cost.classes;
      cost.links = networks[0].cost.links;
    }
    networks.push_back({std::move(cost), 0.02 * static_cast<double>(1 + (seed + networks.size()) % 7)});
  }
  return networks;
}

/// Load and power of a plan at its network's rate, by the devices that it uses, and its share of each direction of each
/// shared link.
struct Served {
  double load;
  double power_w;
  std::vector<int> used;
  std::vector<double> links = {};

  [[nodiscard]] bool no_worse(const Served& other) const {
    if (used != other.used || load > other.load || power_w > other.power_w) return false;
    return std::equal(links.begin(), links.end(), other.links.begin(), std::less_equal<>());
  }
};

Served served(const JointNetwork& network, const Plan& plan) {
  const CostTable& cost = network.cost;
  const double batches_per_s = network.rate_per_s / static_cast<double>(cost.batch);
  const auto score = score_of(cost, plan);
  double idle_w = 0;
  std::vector<int> used(cost.classes.size(), 0);
  for (const Stage& stage : plan.stages) {
    const ClassId device = cost.modes[stage.mode].device_class;
    used[device.at()] += stage.replicas;
    idle_w += cost.classes[device].idle_w * stage.replicas;
  }
  const double waiting_s = 1 / batches_per_s - score->period_s;
  Served way{score->period_s * batches_per_s, network.rate_per_s * score->energy_j + waiting_s * batches_per_s * idle_w,
             used};
  for (const auto& [forth_s, back_s] : on_shared_links(cost, plan))
    for (const double seconds : {forth_s, back_s}) way.links.push_back(seconds * batches_per_s);
  return way;
}

std::vector<Served> every_way(const JointNetwork& network) {
  std::vector<Served> all;
  const double batches_per_s = network.rate_per_s / static_cast<double>(network.cost.batch);
  if (network.cost.links)
    for (const Plan& plan : every_trail(network.cost)) all.push_back(served(network, plan));
  else
    for (const Taken& plan : every_plan(network.cost))
      all.push_back({plan.period_s * batches_per_s, plan.dynamic_j * batches_per_s + plan.idle_w, plan.used});
  std::vector<Served> ways;
  for (const Served& way : all) {
    if (std::any_of(ways.begin(), ways.end(), [&](const Served& other) { return other.no_worse(way); })) continue;
    std::erase_if(ways, [&](const Served& other) { return way.no_worse(other); });
    ways.push_back(way);
  }
  return ways;
}

/// Every combination whose devices suffice: (load, power). The links that devices share are loaded by all together.
void combine(const std::vector<std::vector<Served>>& ways, std::size_t next, const Served& so_far,
             std::vector<Point>& all) {
  if (next == ways.size()) {
    double load = so_far.load;
    for (const double link : so_far.links) load = std::max(load, link);
    all.push_back({load, so_far.power_w});
    return;
  }
  for (const Served& way : ways[next]) {
    Served with{std::max(so_far.load, way.load), so_far.power_w + way.power_w, so_far.used, so_far.links};
    for (std::size_t i = 0; i < with.used.size(); ++i) with.used[i] -= way.used[i];
    if (std::any_of(with.used.begin(), with.used.end(), [](int left) { return left < 0; })) continue;
    for (std::size_t k = 0; k < with.links.size(); ++k) with.links[k] += way.links[k];
    combine(ways, next + 1, with, all);
  }
}

std::vector<Point> expected_points(const std::vector<JointNetwork>& networks) {
  std::vector<std::vector<Served>> ways;
  for (const JointNetwork& network : networks) ways.push_back(every_way(network));
  const CostTable& cost = networks[0].cost;
  Served none{0, 0, {}};  // what is left of the devices
  for (const ClassCost& device : cost.classes) none.used.push_back(device.count);
  if (cost.links) none.links.resize(2 * cost.links->shared.size());
  std::vector<Point> all;
  combine(ways, 0, none, all);
  return non_dominated(std::move(all));
}

bool covers(const std::vector<Point>& by, const std::vector<Point>& points) {
  return std::all_of(points.begin(), points.end(), [&](const Point& p) {
    return std::any_of(by.begin(), by.end(), [&](const Point& q) {
      return (q.period_s <= p.period_s || close(q.period_s, p.period_s)) &&
             (q.energy_j <= p.energy_j || close(q.energy_j, p.energy_j));
    });
  });
}

/// Legal alone, legal together, and the numbers follow from the parts. True when a shared link is what is busiest, and
/// no network alone loads it so.
bool expect_sound(const std::vector<JointNetwork>& networks, const JointPoint& point) {
  std::vector<int> free;
  for (const ClassCost& device : networks[0].cost.classes) free.push_back(device.count);
  double load = 0;
  double power_w = 0;
  std::vector<double> links;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    const FrontierPoint& part = point.parts[i];
    const CostTable& cost = networks[i].cost;
    EXPECT_THAT(check({.cost = cost}, part.plan, part.score), testing::IsEmpty());
    EXPECT_LE(part.bound, part.score.energy_j);
    EXPECT_EQ(part.proven, part.gap == 0 && part.solver == "exact");
    const double share = part.score.period_s * networks[i].rate_per_s / static_cast<double>(cost.batch);
    double idle_w = 0;
    for (const Stage& stage : part.plan.stages) {
      const ClassId device = cost.modes[stage.mode].device_class;
      free[device.at()] -= stage.replicas;
      idle_w += cost.classes[device].idle_w * stage.replicas;
    }
    load = std::max(load, share);
    // The energy of a plan at its own period has it idle while it works; here it also idles while it waits.
    power_w += networks[i].rate_per_s * part.score.energy_j + (1 - share) * idle_w;
    const std::vector<double> own = served(networks[i], part.plan).links;
    links.resize(own.size(), 0);
    for (std::size_t k = 0; k < own.size(); ++k) links[k] += own[k];
  }
  double with_links = load;
  for (const double link : links) with_links = std::max(with_links, link);
  EXPECT_TRUE(std::all_of(free.begin(), free.end(), [](int count) { return count >= 0; }));
  EXPECT_TRUE(close(1 / with_links, point.headroom));
  EXPECT_TRUE(close(power_w, point.power_w));
  return !close(with_links, load);
}

struct Case {
  std::size_t networks;
  std::size_t operators;
  int max_devices;
  std::uint64_t seeds;
  const char* name;
  bool shared = false;  ///< links between devices
};

class JointAgainstBruteForce : public testing::TestWithParam<Case> {};

TEST_P(JointAgainstBruteForce, FindsAllThatIsUsefulAndNothingElse) {
  int feasible = 0;
  int too_much = 0;
  std::size_t points = 0;
  int link_bound = 0;
  for (std::uint64_t seed = 0; seed < GetParam().seeds; ++seed) {
    SCOPED_TRACE(seed);
    const auto networks =
        random_networks(seed, GetParam().networks, GetParam().operators, GetParam().max_devices, GetParam().shared);
    auto expected = expected_points(networks);
    const JointFrontier found = place_jointly(networks);
    EXPECT_TRUE(found.exhaustive && found.complete);
    ASSERT_TRUE(close(found.best_headroom, expected.empty() ? 0 : 1 / expected.front().period_s));
    too_much += !expected.empty() && expected.front().period_s > 1;
    std::erase_if(expected, [](const Point& point) { return point.period_s > 1; });
    std::vector<Point> reached;
    for (const JointPoint& point : found.points) {
      reached.push_back({1 / point.headroom, point.power_w});
      link_bound += expect_sound(networks, point);
    }
    ASSERT_TRUE(covers(reached, expected) && covers(expected, reached));
    for (std::size_t i = 1; i < reached.size(); ++i) EXPECT_LT(reached[i].period_s, reached[i - 1].period_s);
    feasible += !expected.empty();
    points += expected.size();
  }
  EXPECT_GT(feasible, static_cast<int>(GetParam().seeds) / 4);
  EXPECT_GT(too_much, 0);
  EXPECT_GT(points, static_cast<std::size_t>(feasible));
  EXPECT_EQ(link_bound > 0, GetParam().shared && GetParam().networks > 1);
}

INSTANTIATE_TEST_SUITE_P(Random, JointAgainstBruteForce,
                         testing::Values(Case{1, 4, 4, 100, "one"}, Case{2, 4, 4, 300, "two"},
                                         Case{3, 3, 5, 100, "three"}, Case{1, 4, 4, 100, "one_that_shares", true},
                                         Case{2, 4, 4, 500, "two_that_share", true},
                                         Case{3, 3, 5, 200, "three_that_share", true}),
                         [](const auto& one) { return one.param.name; });

TEST(Joint, RefusesWhatMakesNoSense) {
  auto networks = random_networks(1, 2, 4, 4);
  for (const double rate : {0.0, -1.0, kCannot, std::nan("")}) {
    networks[0].rate_per_s = rate;
    EXPECT_THROW(static_cast<void>(place_jointly(networks)), UsageError);
  }
  networks[0].rate_per_s = 1;
  ++networks[1].cost.classes[ClassId(0)].count;
  EXPECT_THROW(static_cast<void>(place_jointly(networks)), UsageError);
  EXPECT_THROW(static_cast<void>(place_jointly({})), UsageError);
  auto sharing = random_networks(1, 2, 4, 4, true);
  sharing[1].cost.links.reset();
  EXPECT_THROW(static_cast<void>(place_jointly(sharing)), UsageError);
}

TEST(Joint, StoppedItSaysSo) {
  std::stop_source stop;
  stop.request_stop();
  const JointFrontier found = place_jointly(random_networks(1, 2, 6, 4), {.stop = stop.get_token()});
  EXPECT_FALSE(found.complete);
  EXPECT_TRUE(found.points.empty());
}

}  // namespace
}  // namespace cleave
