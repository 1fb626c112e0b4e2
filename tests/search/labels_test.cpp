// The relaxation to labels: below every plan that brute force finds, and its labels are plans.
#include "search/brute_force.hpp"
#include "search/labels/label_plan.hpp"
#include "search/labels/relaxation.hpp"
#include "search/legal.hpp"
#include "search/random_problem.hpp"
#include "search/stage_cost.hpp"

#include <cleave/explore.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace cleave {
namespace {

using namespace labels;
using testing_support::brute_force;
using testing_support::every_plan;
using testing_support::Point;
using testing_support::random_problem;
using testing_support::Taken;
using testing_support::tiny_problem;
using testing_support::Topology;

std::vector<double> random_prices(const std::vector<Resource>& resources, std::mt19937_64& draw) {
  std::vector<double> price_w;
  for (std::size_t r = 0; r < resources.size(); ++r)
    price_w.push_back(draw() % 3 == 0 ? 0 : std::uniform_real_distribution<double>(0, 20)(draw));
  return price_w;
}

/// Dynamic energy and priced loads.
double priced_j(const Labelling& labels, const std::vector<double>& price_w) {
  double sum = labels.dynamic_j;
  for (std::size_t r = 0; r < price_w.size(); ++r) sum += price_w[r] * labels.load_s[r];
  return sum;
}

/// Of all labellings without the excluded classes, one by one.
double cheapest_j(const CostTable& cost, const std::vector<Resource>& resources, const std::vector<double>& price_w,
                  const std::vector<bool>& excluded) {
  std::vector<std::uint32_t> mode_of(cost.operator_count(), 0);
  double best_j = kCannot;
  for (;;) {
    bool allowed = true;
    for (const OpId op : cost.inputs.ids()) {
      const ModeId mode(mode_of[op.at()]);
      allowed &= std::isfinite(cost.compute_s(op, mode)) && !excluded[cost.modes[mode].device_class.at()];
    }
    if (allowed) best_j = std::min(best_j, priced_j(labelling_of(cost, resources, mode_of), price_w));
    std::size_t op = 0;
    while (op < mode_of.size() && ++mode_of[op] == cost.modes.size()) mode_of[op++] = 0;
    if (op == mode_of.size()) return best_j;
  }
}

TEST(LabelMessages, AreBelowEveryLabellingAndNeverFall) {
  int exact = 0;
  int all = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const CostTable cost = tiny_problem(seed).cost;
    if (!testing_support::runnable(cost)) continue;
    std::mt19937_64 draw(seed);
    const auto resources = resources_of(cost);
    const auto price_w = random_prices(resources, draw);
    std::vector<bool> excluded(cost.classes.size(), false);
    if (seed % 3 == 0) excluded[draw() % excluded.size()] = true;
    const double least_j = cheapest_j(cost, resources, price_w, excluded);
    Messages messages(cost, resources);
    messages.set_prices(price_w, excluded);
    double before_j = 0;
    for (int sweep = 0; sweep < 6; ++sweep) {
      messages.sweep(sweep % 2 == 0);
      const double bound_j = messages.bound_j();
      ASSERT_LE(bound_j, least_j * (1 + 1e-12) + 1e-12) << "seed " << seed;
      EXPECT_GE(bound_j, before_j - 1e-6 * std::abs(before_j) - 1e-9) << "seed " << seed;
      before_j = bound_j;
    }
    if (!std::isfinite(least_j)) continue;
    ++all;
    exact += before_j >= least_j * (1 - 1e-6) - 1e-9;
    const Labelling labels = labelling_of(cost, resources, messages.decode());
    if (std::isfinite(labels.dynamic_j)) {
      EXPECT_GE(priced_j(labels, price_w), least_j * (1 - 1e-9)) << "seed " << seed;
    }
  }
  EXPECT_GT(all, 250);
  EXPECT_GT(exact, all * 9 / 10);  // messages leave hardly any gap
}

TEST(LabelMessages, ManyModesAreBoundedPairByPair) {
  int all = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CostTable cost = random_problem(seed, {.operators = 4, .topology = static_cast<Topology>(seed % 4)}).cost;
    if (!testing_support::runnable(cost) || cost.modes.size() > 3) continue;
    // The same modes again and again, a little dearer each time.
    const std::size_t modes = cost.modes.size();
    CostTable more = cost;
    while (more.modes.size() < 8) more.modes.push_back(cost.modes[ModeId(more.modes.size() % modes)]);
    const auto widen = [&](auto& to, const auto& from, auto rows) {
      to = std::remove_reference_t<decltype(to)>(rows.size(), more.modes.size());
      for (const auto row : rows.ids())
        for (const ModeId mode : more.modes.ids())
          to(row, mode) = from(row, ModeId(mode.at() % modes)) * (1 + 0.1 * static_cast<double>(mode.at() / modes));
    };
    widen(more.compute_s, cost.compute_s, cost.inputs);
    widen(more.compute_j, cost.compute_j, cost.inputs);
    widen(more.transfer_s, cost.transfer_s, cost.tensors);
    widen(more.transfer_j, cost.transfer_j, cost.tensors);
    std::mt19937_64 draw(seed);
    const auto resources = resources_of(more);
    const auto price_w = random_prices(resources, draw);
    const std::vector<bool> excluded(more.classes.size(), false);
    Messages messages(more, resources);
    messages.set_prices(price_w, excluded);
    for (int sweep = 0; sweep < 4; ++sweep) messages.sweep(sweep % 2 == 0);
    EXPECT_LE(messages.bound_j(), cheapest_j(more, resources, price_w, excluded) * (1 + 1e-12)) << "seed " << seed;
    ++all;
  }
  EXPECT_GT(all, 50);
}

TEST(PriceBounds, HoldForEveryPlanAndItsCounts) {
  int plans = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const CostTable cost = tiny_problem(seed).cost;
    if (!testing_support::runnable(cost)) continue;
    Relaxation relaxation(cost);
    const std::vector<Taken> all = every_plan(cost, true);
    if (all.empty()) continue;
    const double period_s = all[seed % all.size()].period_s;
    (void)relaxation.solve(period_s, kCannot, [] { return false; });
    for (const PriceBound& bound : relaxation.bounds())
      for (const Taken& plan : all) {
        const CountBox own{plan.used, plan.used};
        ASSERT_LE(labels::proved_j(bound, own, plan.period_s),
                  (plan.dynamic_j + plan.period_s * plan.idle_w) * (1 + 1e-9))
            << "seed " << seed;
        ++plans;
      }
  }
  EXPECT_GT(plans, 100'000);
}

TEST(Relaxation, IsBelowEveryPlanOfThePeriodOrLess) {
  int solved = 0;
  int tight = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const CostTable cost = tiny_problem(seed).cost;
    if (!testing_support::runnable(cost)) continue;
    const std::vector<Point> best = brute_force(cost, true);
    if (best.empty()) continue;
    Relaxation relaxation(cost);
    const double batch = static_cast<double>(cost.batch);
    for (auto point = best.rbegin(); point != best.rend(); ++point) {
      const double enough_j = 2 * point->energy_j * batch + 1;
      const Relaxed relaxed = relaxation.solve(point->period_s, enough_j, [] { return false; });
      ASSERT_LE(relaxed.energy_j, point->energy_j * batch * (1 + 1e-9) + 1e-12) << "seed " << seed;
      ++solved;
      tight += relaxed.energy_j >= point->energy_j * batch * 0.99;
    }
    for (const Point& point : best)
      ASSERT_LE(proved_together(cost, relaxation.bounds(), point.period_s).energy_j,
                point.energy_j * batch * (1 + 1e-9) + 1e-12)
          << "seed " << seed;
  }
  EXPECT_GT(solved, 1000);
  std::cout << tight << " of " << solved << " bounds are within 1 % of the optimum\n";
}

TEST(LabelPlans, AreLegalAndAsFastAsTheirLabelsWhereClassesReplicate) {
  int planned = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Problem problem = tiny_problem(seed);
    const CostTable& cost = problem.cost;
    if (!testing_support::runnable(cost)) continue;
    std::mt19937_64 draw(seed);
    std::vector<std::uint32_t> mode_of;
    bool possible = true;
    for (const OpId op : cost.inputs.ids()) {
      mode_of.push_back(static_cast<std::uint32_t>(draw() % cost.modes.size()));
      possible &= std::isfinite(cost.compute_s(op, ModeId(mode_of.back())));
    }
    if (!possible) continue;
    const auto resources = resources_of(cost);
    const Labelling labels = labelling_of(cost, resources, mode_of);
    std::vector<int> devices;
    for (const ClassCost& device : cost.classes) devices.push_back(device.count);
    const auto plan = label_plan(cost, labels, devices);
    if (!plan || !feasible(cost, *plan)) continue;
    ++planned;
    EXPECT_THAT(check(problem, *plan, evaluate(cost, *plan)), testing::IsEmpty()) << "seed " << seed;
    for (const Stage& stage : plan->stages)
      for (const OpId op : stage.operators) EXPECT_EQ(stage.mode.value, labels.mode_of[op.at()]);
  }
  EXPECT_GT(planned, 300);
}

TEST(SolveLabels, EndsWhereOperatorsTakeNoTime) {
  Problem problem = random_problem(6, {.operators = 6, .topology = Topology::chain});
  for (const OpId op : problem.cost.inputs.ids())
    for (const ModeId mode : problem.cost.modes.ids())
      if (std::isfinite(problem.cost.compute_s(op, mode))) problem.cost.compute_s(op, mode) = 0;
  const Frontier frontier = explore(problem, {.solver = Solver::local, .time_limit_s = 0.5});
  ASSERT_FALSE(frontier.points.empty());
  for (const FrontierPoint& point : frontier.points)
    EXPECT_THAT(check(problem, point.plan, point.score), testing::IsEmpty());
}

}  // namespace
}  // namespace cleave
