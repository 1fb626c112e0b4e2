// Operators that take nothing but memory: joined to their neighbours nothing is lost, whether their memory fits or not.
#include "search/bystanders.hpp"
#include "search/brute_trail.hpp"
#include "search/lattice.hpp"
#include "search/never_fits.hpp"
#include "search/random_problem.hpp"

#include <cleave/explore.hpp>

#include <gmock/gmock.h>

#include <cmath>

namespace cleave {
namespace {

using testing_support::brute_trail;
using testing_support::random_problem;
using testing_support::Topology;
using testing_support::Triple;
using testing_support::undominated;

/// Every second operator, and those of one neighbour in a chain, take memory only; memory is tight.
Problem with_bystanders(std::uint64_t seed) {
  Problem problem = random_problem(seed, {.operators = 6, .topology = static_cast<Topology>(seed / 2 % 4)});
  CostTable& cost = problem.cost;
  std::mt19937_64 engine(seed);
  for (const ModeId mode : cost.modes.ids()) cost.modes[mode].resident_bytes = kCannot;
  for (ClassCost& device : cost.classes) device.memory_bytes = 15 + static_cast<double>(engine() % 25);
  for (const OpId op : cost.inputs.ids()) {
    if (engine() % 3 == 0) continue;
    for (const ModeId mode : cost.modes.ids()) {
      if (std::isfinite(cost.compute_s(op, mode)) || engine() % 2 == 0) cost.compute_s(op, mode) = 0;
      cost.compute_j(op, mode) = cost.live_bytes(op, mode) = 0;
      cost.weight_bytes(op, mode) = static_cast<double>(engine() % 15);
      for (const auto* tensors : {&cost.inputs[op], &cost.outputs[op]})
        for (const TensorId tensor : *tensors)
          if (!cost.tensors[tensor].producer.valid() || cost.tensors[tensor].leaves)
            cost.transfer_s(tensor, mode) = cost.transfer_j(tensor, mode) = cost.transfer_bytes(tensor, mode) = 0;
    }
  }
  return problem;
}

std::size_t ideals_of(const CostTable& cost) { return Lattice::all(cost, 10'000)->size(); }

bool no_more(double a, double b) { return a <= b + 1e-9 * std::max({std::abs(a), std::abs(b), 1e-12}); }

bool covers(const std::vector<Triple>& cover, const std::vector<Triple>& points) {
  return std::all_of(points.begin(), points.end(), [&](const Triple& p) {
    return std::any_of(cover.begin(), cover.end(), [&](const Triple& q) {
      return no_more(q.period_s, p.period_s) && no_more(q.energy_j, p.energy_j) && no_more(q.latency_s, p.latency_s);
    });
  });
}

std::vector<Triple> brute(const CostTable& cost, bool latency) {
  std::vector<Triple> points = brute_trail(cost);
  if (!latency)
    for (Triple& point : points) point.latency_s = 0;
  return undominated(std::move(points));
}

void expect_exact_beyond_the_ideal_limit(bool latency) {
  int tried = 0;
  int proven = 0;
  int overfilled = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Problem problem = with_bystanders(seed);
    const std::vector<bool> apart(problem.cost.operator_count(), false);
    const Bystanders joined = join_bystanders(problem.cost, apart, BystanderBytes::ignored);
    const std::size_t all = ideals_of(problem.cost);
    const std::size_t few = ideals_of(joined.grouping.cost);
    if (!joined.any || few == all) continue;
    ++tried;
    const std::size_t limit = seed % 2 == 0 ? few : all - 1;  // at `few` none can be looked at one by one
    const Frontier frontier = explore(problem, {.latency = latency, .max_ideals = limit});
    std::vector<Triple> found;
    for (const FrontierPoint& point : frontier.points) {
      EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty()) << "seed " << seed;
      found.push_back({point.score.period_s, point.score.energy_j, latency ? point.score.latency_s : 0});
    }
    const auto expected = brute(problem.cost, latency);
    ASSERT_TRUE(covers(expected, found)) << "seed " << seed;
    if (!frontier.exhaustive) continue;
    ++proven;
    ASSERT_TRUE(covers(found, expected)) << "seed " << seed;
    // Did their memory matter?
    const auto relaxed = brute(joined.grouping.cost, latency);
    ASSERT_TRUE(covers(relaxed, expected)) << "seed " << seed;
    overfilled += !covers(expected, relaxed);
  }
  EXPECT_GT(tried, 700);
  EXPECT_GT(proven, 300);
  EXPECT_GT(overfilled, 20);
}

TEST(Bystanders, TheFrontierIsExactBeyondTheIdealLimit) { expect_exact_beyond_the_ideal_limit(false); }

TEST(Bystanders, TheFrontierIsExactBeyondTheIdealLimitWithLatency) { expect_exact_beyond_the_ideal_limit(true); }

TEST(Bystanders, PlansScoreTheSameWhenExpanded) {
  int planned = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Problem problem = with_bystanders(seed);
    const std::vector<bool> apart(problem.cost.operator_count(), false);
    const Grouping grouping = join_bystanders(problem.cost, apart, BystanderBytes::count).grouping;
    for (const FrontierPoint& point : explore({grouping.cost}).points) {
      EXPECT_THAT(check(problem, grouping.expand(point.plan), point.score), testing::IsEmpty()) << "seed " << seed;
      ++planned;
    }
  }
  EXPECT_GT(planned, 300);
}

TEST(NeverFits, BoundsSeeWhatIsTooLargeForADevice) {
  int seen = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Problem problem = with_bystanders(seed);
    problem.cost.classes[ClassId(0)].memory_bytes = 12;
    const auto expected = brute_trail(problem.cost);
    const CostTable fitting = without_what_never_fits(problem.cost);
    EXPECT_TRUE(covers(expected, brute_trail(fitting)) && covers(brute_trail(fitting), expected)) << "seed " << seed;
    const Frontier frontier = explore(problem, {.solver = Solver::local, .time_limit_s = 0.01});
    for (const FrontierPoint& point : frontier.points)
      EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty()) << "seed " << seed;
    for (const OpId op : problem.cost.inputs.ids())
      for (const ModeId mode : problem.cost.modes.ids())
        seen += std::isfinite(problem.cost.compute_s(op, mode)) && !std::isfinite(fitting.compute_s(op, mode));
  }
  EXPECT_GT(seen, 40);
}

}  // namespace
}  // namespace cleave
