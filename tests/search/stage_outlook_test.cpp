// The bound by stages against what the plans of the frontier still cost from each of their cuts on.
#include "search/stage_outlook.hpp"
#include "search/ideal_of.hpp"
#include "search/random_problem.hpp"

#include <cleave/explore.hpp>

#include <gtest/gtest.h>

#include <random>

namespace cleave {
namespace {

using testing_support::ideal_of;
using testing_support::random_problem;
using testing_support::Topology;

const auto kNever = [] { return false; };

/// By ascending period, energy per batch.
std::vector<Incumbent> incumbents_of(const Frontier& frontier, const CostTable& cost) {
  std::vector<Incumbent> all;
  for (auto point = frontier.points.rbegin(); point != frontier.points.rend(); ++point)
    all.push_back({point->score.period_s, point->score.energy_j * static_cast<double>(cost.batch)});
  return all;
}

/// Prices that nobody tuned are valid too.
std::vector<DevicePrices> drawn_prices(std::uint64_t seed, std::size_t classes) {
  std::mt19937_64 draw(seed);
  DevicePrices one{1, {}};
  for (std::size_t i = 0; i < classes; ++i) one.price.push_back(std::uniform_real_distribution<double>(0, 20)(draw));
  return {one};
}

TEST(StageOutlook, IsBelowWhatPlansStillCost) {
  std::size_t compared = 0;
  std::size_t tight = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Problem problem = random_problem(
        seed, {.operators = 5 + seed % 5, .max_devices = 5, .topology = static_cast<Topology>(seed % 4)});
    const CostTable& cost = problem.cost;
    const Frontier frontier = explore(problem);
    if (frontier.points.empty()) continue;
    const auto incumbents = incumbents_of(frontier, cost);
    const auto lattice = Lattice::all(cost, 100'000);
    const Counts counts(cost);
    const std::vector<bool> open(lattice->size(), true);
    const auto start = seed % 2 == 0 ? std::vector<DevicePrices>() : drawn_prices(seed, cost.classes.size());
    const StageOutlook outlook(cost, *lattice, counts, open, incumbents, kCannot, start, kNever);
    for (std::size_t i = 0; i < incumbents.size(); ++i) {
      const FrontierPoint& point = frontier.points[frontier.points.size() - 1 - i];
      std::vector<bool> members(cost.operator_count(), false);
      std::size_t code = 0;
      for (std::size_t s = 0; s <= point.plan.stages.size(); ++s) {
        double rest_j = 0;
        for (std::size_t later = s; later < point.plan.stages.size(); ++later) {
          const StageScore& stage = point.score.stages[later];
          rest_j += stage.dynamic_j + stage.transfer_j + point.score.period_s * stage.idle_w;
        }
        const double bound_j = outlook.least_j(i, ideal_of(*lattice, members), code);
        ASSERT_LE(bound_j, rest_j + 1e-9 * std::max(1.0, rest_j)) << "seed " << seed << " point " << i << " cut " << s;
        ++compared;
        tight += bound_j > 0.9 * rest_j;
        if (s == point.plan.stages.size()) break;
        const Stage& stage = point.plan.stages[s];
        for (const OpId op : stage.operators) members[op.at()] = true;
        code = counts.take(code, cost.modes[stage.mode].device_class, stage.replicas);
      }
    }
  }
  EXPECT_GT(compared, 3000U);
  EXPECT_GT(tight, compared / 4);
}

TEST(StageOutlook, StoppedItBoundsNothingAway) {
  const Problem problem = random_problem(7, {.operators = 8, .max_devices = 4, .topology = Topology::random});
  const Frontier frontier = explore(problem);
  ASSERT_FALSE(frontier.points.empty());
  const auto lattice = Lattice::all(problem.cost, 100'000);
  const Counts counts(problem.cost);
  const std::vector<bool> open(lattice->size(), true);
  const StageOutlook outlook(problem.cost, *lattice, counts, open, incumbents_of(frontier, problem.cost), kCannot, {},
                             [] { return true; });
  for (std::uint32_t ideal = 0; ideal < lattice->size(); ++ideal) EXPECT_LE(outlook.least_j(0, ideal, 0), 0);
}

}  // namespace
}  // namespace cleave
