// What devices that are counted leave for partial plans, against every plan.
#include "search/counted_outlook.hpp"
#include "search/brute_force.hpp"
#include "search/ideal_of.hpp"
#include "search/random_problem.hpp"
#include "search/staircase.hpp"

#include <cleave/subclusters.hpp>

#include <gtest/gtest.h>

namespace cleave {
namespace {

using testing_support::ideal_of;
using testing_support::random_problem;
using testing_support::Topology;

const auto kNever = [] { return false; };

std::size_t code_of(const CostTable& cost, const Counts& counts, const IndexVector<ClassId, int>& used) {
  std::size_t code = 0;
  for (const ClassId device : cost.classes.ids()) code = counts.take(code, device, used[device]);
  return code;
}

/// By code every `step`-th point of its frontier, so that others are still to be found.
std::vector<std::vector<Incumbent>> some_known(const CostTable& cost, const Counts& counts, const Subclusters& all,
                                               std::size_t step) {
  std::vector<std::vector<Incumbent>> known(counts.size());
  for (const Subcluster& one : all.all) {
    Staircase<Incumbent> best;
    for (std::size_t i = 0; i < one.plans.size(); i += step) {
      const Score& score = all.plans[one.plans[i]].score;
      best.insert({score.period_s, score.energy_j * static_cast<double>(cost.batch)});
    }
    known[code_of(cost, counts, one.counts)] = best.items();
  }
  return known;
}

struct Tally {
  std::size_t useful = 0;
  std::size_t hopeless = 0;
};

/// Every partial plan of a plan that is needed is below its threshold; the others are counted.
void look_along(const CostTable& cost, const Lattice& lattice, const Counts& counts, const CountedOutlook& counted,
                const Subclusters::PlanOfSome& made, Tally& tally) {
  const std::vector<Incumbent> intervals = counted.intervals();
  std::vector<bool> members(cost.operator_count(), false);
  std::vector<double> thresholds;
  std::size_t code = 0;
  double dynamic_j = 0;
  std::size_t known = 0;
  while (known < intervals.size() && intervals[known].period_s <= made.score.period_s) ++known;
  for (std::size_t s = 0; s + 1 <= made.plan.stages.size(); ++s) {
    const Stage& stage = made.plan.stages[s];
    for (const OpId op : stage.operators) members[op.at()] = true;
    code = counts.take(code, cost.modes[stage.mode].device_class, stage.replicas);
    dynamic_j += made.score.stages[s].dynamic_j + made.score.stages[s].transfer_j;
    const std::uint32_t ideal = ideal_of(lattice, members);
    counted.thresholds(ideal, code, known, thresholds);
    ASSERT_LT(dynamic_j, thresholds[known]) << "stage " << s;
    ASSERT_TRUE(counted.open()[ideal]);
    ASSERT_LE(made.score.stages[s].load_s, counted.max_load_s());
    ++tally.useful;
    tally.hopeless += thresholds[known] < 1.5 * dynamic_j;
  }
}

TEST(CountedOutlook, KeepsAllThatAnySubclusterNeeds) {
  Tally tally;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = random_problem(
        seed, {.operators = 5 + seed % 5, .max_devices = 5, .topology = static_cast<Topology>(seed % 4)});
    const CostTable& cost = problem.cost;
    const Subclusters all = explore_subclusters(cost);
    const Counts counts(cost);
    const auto known = some_known(cost, counts, all, 1 + seed % 3);
    if (known.back().empty()) continue;
    const auto lattice = Lattice::all(cost, 100'000);
    const Bounds bounds(cost, *lattice, counts);
    const CountedOutlook counted(cost, *lattice, counts, bounds, std::vector<bool>(lattice->size(), true), known,
                                 kNever);
    for (const auto& made : all.plans) look_along(cost, *lattice, counts, counted, made, tally);
  }
  EXPECT_GT(tally.useful, 5000U);
  EXPECT_GT(tally.hopeless, tally.useful / 4);
}

}  // namespace
}  // namespace cleave
