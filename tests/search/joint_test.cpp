// Joint placement against every split of the devices and every plan on either side.
#include "search/brute_force.hpp"
#include "search/random_problem.hpp"

#include <cleave/error.hpp>
#include <cleave/joint.hpp>

#include <gmock/gmock.h>

#include <cmath>

namespace cleave {
namespace {

using testing_support::every_plan;
using testing_support::non_dominated;
using testing_support::Point;
using testing_support::random_problem;
using testing_support::Taken;
using testing_support::Topology;

bool close(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max({std::abs(a), std::abs(b), 1e-12}); }

/// Networks on one cluster: the first one's classes.
std::vector<JointNetwork> random_networks(std::uint64_t seed, std::size_t count, std::size_t operators,
                                          int max_devices) {
  std::vector<JointNetwork> networks;
  for (std::uint64_t next = seed * 1000; networks.size() < count; ++next) {
    CostTable cost =
        random_problem(
            next, {.operators = operators, .max_devices = max_devices, .topology = static_cast<Topology>(next % 4)})
            .cost;
    if (!networks.empty() && cost.classes.size() != networks[0].cost.classes.size()) continue;
    if (!networks.empty()) cost.classes = networks[0].cost.classes;
    networks.push_back({std::move(cost), 0.02 * static_cast<double>(1 + (seed + networks.size()) % 7)});
  }
  return networks;
}

/// Load and power of a plan at its network's rate, by the devices that it uses.
struct Served {
  double load;
  double power_w;
  std::vector<int> used;
};

std::vector<Served> every_way(const JointNetwork& network) {
  std::vector<Served> ways;
  const double batches_per_s = network.rate_per_s / static_cast<double>(network.cost.batch);
  for (const Taken& plan : every_plan(network.cost)) {
    Served way{plan.period_s * batches_per_s, plan.dynamic_j * batches_per_s + plan.idle_w, plan.used};
    const auto beaten = [&](const Served& other) {
      return other.used == way.used && other.load <= way.load && other.power_w <= way.power_w;
    };
    if (std::any_of(ways.begin(), ways.end(), beaten)) continue;
    std::erase_if(ways, [&](const Served& other) {
      return other.used == way.used && way.load <= other.load && way.power_w <= other.power_w;
    });
    ways.push_back(std::move(way));
  }
  return ways;
}

/// Every combination whose devices suffice: (load, power).
void combine(const std::vector<std::vector<Served>>& ways, std::size_t next, std::vector<int> free, Point so_far,
             std::vector<Point>& all) {
  if (next == ways.size()) {
    all.push_back(so_far);
    return;
  }
  for (const Served& way : ways[next]) {
    std::vector<int> left = free;
    for (std::size_t i = 0; i < left.size(); ++i) left[i] -= way.used[i];
    if (std::any_of(left.begin(), left.end(), [](int count) { return count < 0; })) continue;
    combine(ways, next + 1, left, {std::max(so_far.period_s, way.load), so_far.energy_j + way.power_w}, all);
  }
}

std::vector<Point> expected_points(const std::vector<JointNetwork>& networks) {
  std::vector<std::vector<Served>> ways;
  for (const JointNetwork& network : networks) ways.push_back(every_way(network));
  std::vector<int> free;
  for (const ClassCost& device : networks[0].cost.classes) free.push_back(device.count);
  std::vector<Point> all;
  combine(ways, 0, free, {}, all);
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

/// Legal alone, legal together, and the numbers follow from the parts.
void expect_sound(const std::vector<JointNetwork>& networks, const JointPoint& point) {
  std::vector<int> free;
  for (const ClassCost& device : networks[0].cost.classes) free.push_back(device.count);
  double load = 0;
  double power_w = 0;
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
  }
  EXPECT_TRUE(std::all_of(free.begin(), free.end(), [](int count) { return count >= 0; }));
  EXPECT_TRUE(close(1 / load, point.headroom));
  EXPECT_TRUE(close(power_w, point.power_w));
}

struct Case {
  std::size_t networks;
  std::size_t operators;
  int max_devices;
  std::uint64_t seeds;
  const char* name;
};

class JointAgainstBruteForce : public testing::TestWithParam<Case> {};

TEST_P(JointAgainstBruteForce, FindsAllThatIsUsefulAndNothingElse) {
  int feasible = 0;
  int too_much = 0;
  std::size_t points = 0;
  for (std::uint64_t seed = 0; seed < GetParam().seeds; ++seed) {
    SCOPED_TRACE(seed);
    const auto networks = random_networks(seed, GetParam().networks, GetParam().operators, GetParam().max_devices);
    auto expected = expected_points(networks);
    const JointFrontier found = place_jointly(networks);
    EXPECT_TRUE(found.exhaustive && found.complete);
    ASSERT_TRUE(close(found.best_headroom, expected.empty() ? 0 : 1 / expected.front().period_s));
    too_much += !expected.empty() && expected.front().period_s > 1;
    std::erase_if(expected, [](const Point& point) { return point.period_s > 1; });
    std::vector<Point> reached;
    for (const JointPoint& point : found.points) {
      reached.push_back({1 / point.headroom, point.power_w});
      expect_sound(networks, point);
    }
    ASSERT_TRUE(covers(reached, expected) && covers(expected, reached));
    for (std::size_t i = 1; i < reached.size(); ++i) EXPECT_LT(reached[i].period_s, reached[i - 1].period_s);
    feasible += !expected.empty();
    points += expected.size();
  }
  EXPECT_GT(feasible, static_cast<int>(GetParam().seeds) / 4);
  EXPECT_GT(too_much, 0);
  EXPECT_GT(points, static_cast<std::size_t>(feasible));
}

INSTANTIATE_TEST_SUITE_P(Random, JointAgainstBruteForce,
                         testing::Values(Case{1, 4, 4, 100, "one"}, Case{2, 4, 4, 300, "two"},
                                         Case{3, 3, 5, 100, "three"}),
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
