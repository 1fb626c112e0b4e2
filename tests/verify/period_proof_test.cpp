// Bounds of the period by configurations: what the search finds the verifier accepts, and what it accepts is true by
// brute force over all plans, however the evidence came about.
#include "verify/period_proof.hpp"

#include "base/json_view.hpp"
#include "search/any_bounds/master.hpp"
#include "search/any_bounds/period_bound.hpp"
#include "search/brute_force.hpp"
#include "search/random_problem.hpp"
#include "verify/certify.hpp"
#include "verify/set_worth.hpp"
#include "verify/verify.hpp"

#include <cleave/error.hpp>
#include <cleave/explore.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace cleave {
namespace {

using testing_support::brute_force;
using testing_support::forget_joules;
using testing_support::random_problem;
using testing_support::Topology;

/// No joules, and ports that mostly take turns with computing: there stages cost more than their operators.
CostTable timed(std::uint64_t seed) {
  CostTable cost =
      random_problem(seed,
                     {.operators = 4 + seed % 3, .max_devices = 4, .topology = static_cast<Topology>(seed / 3 % 4)})
          .cost;
  forget_joules(cost);
  if (seed % 4 != 0)
    for (ClassCost& device : cost.classes) device.overlap = false;
  return cost;
}

std::vector<Plan> plans_of(const Frontier& frontier) {
  std::vector<Plan> plans;
  for (const FrontierPoint& point : frontier.points) plans.push_back(point.plan);
  return plans;
}

Certificate bounds_only(const CostTable& cost, const PeriodEvidence& evidence) {
  return certify_bounds(cost, {.energy_prices = {}, .period = evidence});
}

/// Calls `use(cost, evidence, least period of all plans)` for every problem whose bound is one of configurations.
template <class Use>
int for_each_proof(std::uint64_t problems, const Use& use) {
  int proofs = 0;
  for (std::uint64_t seed = 0; seed < problems; ++seed) {
    const CostTable cost = timed(seed);
    const Frontier frontier = explore({.cost = cost}, {.threads = 1});
    if (frontier.points.empty()) continue;
    const PeriodEvidence evidence = bound_period(cost, plans_of(frontier), {.work = 1e6});
    if (evidence.kind != PeriodEvidence::Kind::configuration) continue;
    ++proofs;
    use(seed, cost, evidence, brute_force(cost, true).front().period_s);
  }
  return proofs;
}

/// By enumeration: the best profit of a set that takes less than `below_s`.
std::int64_t best_profit(const CostTable& cost, const PeriodEvidence& evidence, ModeId mode, double below_s) {
  const ClassCost& device = cost.classes[cost.modes[mode].device_class];
  std::int64_t best = 0;
  for (unsigned set = 1; set < 1U << cost.operator_count(); ++set) {
    const auto has = [&](OpId op) { return ((set >> op.at()) & 1) != 0; };
    double seconds = cost.modes[mode].stage_launch_s;
    std::int64_t profit = 0;
    for (const OpId op : cost.inputs.ids()) {
      if (!has(op)) continue;
      const double weights = cost.weight_bytes(op, mode);
      const bool fits = weights + cost.live_bytes(op, mode) <= device.memory_bytes;
      const bool loads = weights <= cost.modes[mode].resident_bytes || cost.modes[mode].reload_s_per_byte != kCannot;
      seconds += fits && loads ? cost.compute_s(op, mode) : kCannot;
      profit += evidence.profit[op];
    }
    for (const TensorId tensor : cost.tensors.ids()) {
      const TensorUse& use = cost.tensors[tensor];
      const auto& ignored = evidence.ignored[mode];
      if (device.overlap || std::count(ignored.begin(), ignored.end(), tensor) > 0) continue;
      std::size_t in = use.producer.valid() && has(use.producer);
      for (const OpId op : use.consumers) in += has(op);
      const std::size_t all = use.consumers.size() + use.producer.valid();
      const bool open = use.leaves || !use.producer.valid();
      if (in > 0 && (open || in < all)) seconds += cost.transfer_s(tensor, mode);
    }
    if (seconds < below_s) best = std::max(best, profit);
  }
  return best;
}

TEST(PeriodProof, TheWorthOfSetsIsThatOfEnumerationUpToTheGrid) {
  if (!Master::available()) GTEST_SKIP() << "built without GLPK";
  for_each_proof(300, [](std::uint64_t seed, const CostTable& cost, PeriodEvidence evidence, double) {
    std::mt19937_64 random(seed);
    for (std::int32_t& profit : evidence.profit) profit = static_cast<std::int32_t>(random() % 200) - 40;
    std::shuffle(evidence.order.begin(), evidence.order.end(), random);
    // A coarse grid, where rounding counts, and one that is as fine as that of the search.
    const double least_grid_s = evidence.grid_s;
    const bool coarse = seed % 2 == 0;
    const std::int64_t steps = coarse ? 60 : evidence.steps;
    if (coarse) evidence.grid_s *= static_cast<double>(evidence.steps) / 40;
    for (const ModeId mode : cost.modes.ids()) {
      if (random() % 2 && cost.tensors.size() > 0) evidence.ignored[mode].emplace_back(random() % cost.tensors.size());
      const verify::SetsInLayers sets(cost, mode, evidence, steps);
      const double lost_s = evidence.grid_s * static_cast<double>(cost.operator_count() + 1);  // by rounding down
      for (std::int64_t part = 1; part <= 60; ++part) {
        const std::int64_t limit = steps / 60 * part;
        const double end_s = evidence.grid_s * static_cast<double>(limit);
        const std::int64_t least = best_profit(cost, evidence, mode, end_s);
        const std::int64_t most = best_profit(cost, evidence, mode, end_s + lost_s + 1e-9 * least_grid_s);
        ASSERT_TRUE(least == 0 || sets.any_worth_more(least - 1, limit)) << "seed " << seed;
        ASSERT_FALSE(sets.any_worth_more(most, limit)) << "seed " << seed;
      }
    }
  });
}

TEST(PeriodProof, WhatTheSearchFindsHolds) {
  if (!Master::available()) GTEST_SKIP() << "built without GLPK";
  const int proofs = for_each_proof(
      900, [](std::uint64_t seed, const CostTable& cost, const PeriodEvidence& evidence, double least_s) {
        const Certificate certificate = bounds_only(cost, evidence);
        ASSERT_THAT(verify_certificate(cost, certificate), testing::IsEmpty()) << "seed " << seed;
        ASSERT_NEAR(verify::proved_s(certificate.period_bound), evidence.period_s, 1e-12 * least_s);
        ASSERT_LE(verify::proved_s(certificate.period_bound), least_s * (1 + 1e-12)) << "seed " << seed;
        // A plan may claim it as its bound, and no more.
        const Frontier frontier = explore({.cost = cost}, {.threads = 1});
        ClaimedQuality claimed{.period_s = frontier.points.front().score.period_s,
                               .bound = evidence.period_s,
                               .bounds_period = true,
                               .any_bound = evidence.period_s};
        const auto complaints = [&] {
          return verify_quality(cost, certificate, frontier.points.front().plan, claimed).size();
        };
        ASSERT_EQ(complaints(), 0U) << "seed " << seed;
        claimed.any_bound *= 1.0001;
        ASSERT_EQ(complaints(), 1U) << "seed " << seed;
        claimed.bound *= 1.0001;
        ASSERT_EQ(complaints(), 2U) << "seed " << seed;
        const std::string text = certificate_json(certificate);
        ASSERT_EQ(certificate_json(parse_certificate(JsonView::parse(text, "certificate.json"))), text);
      });
  EXPECT_GT(proofs, 300);
}

/// One lie or slip.
void mutate(const CostTable& cost, PeriodEvidence& evidence, std::mt19937_64& random) {
  const OpId op(random() % cost.operator_count());
  switch (random() % 9) {
    case 0:
      evidence.steps += 1 + static_cast<std::int64_t>(random() % 50) * (evidence.steps / 1000);
      return;
    case 1:
      evidence.grid_s *= 1 + 0.2 * static_cast<double>(1 + random() % 10);
      return;
    case 2:
      evidence.profit[op] += 1 << (random() % 27);
      return;
    case 3:
      evidence.profit[op] = -evidence.profit[op];
      return;
    case 4:
      evidence.order[random() % evidence.order.size()] = op;
      return;
    case 8:
      evidence.worth[ClassId(random() % cost.classes.size())] -= 1 + static_cast<std::int64_t>(random() % 1000);
      evidence.steps += 1;
      return;
    case 5:
      if (cost.tensors.size() > 0)
        evidence.ignored[ModeId(random() % cost.modes.size())].emplace_back(random() % cost.tensors.size());
      evidence.steps += evidence.steps / 20'000;
      return;
    case 6:
      evidence.profit[op] /= 2;
      evidence.steps += evidence.steps / 4000;
      return;
    default:
      std::shuffle(evidence.order.begin(), evidence.order.end(), random);
      evidence.steps += evidence.steps / 10'000;
  }
}

TEST(PeriodProof, NothingUntrueIsAccepted) {
  if (!Master::available()) GTEST_SKIP() << "built without GLPK";
  std::mt19937_64 random(1);
  int untrue = 0;
  int refused = 0;
  int accepted = 0;
  for_each_proof(700, [&](std::uint64_t seed, const CostTable& cost, const PeriodEvidence& good, double least_s) {
    for (int i = 0; i < 12; ++i) {
      PeriodEvidence bad = good;
      mutate(cost, bad, random);
      const bool holds = verify_certificate(cost, bounds_only(cost, bad)).empty();
      (holds ? accepted : refused) += 1;
      if (verify::proved_s(bad) <= least_s * (1 + 1e-12)) continue;
      ++untrue;
      ASSERT_FALSE(holds) << "seed " << seed << ", mutation " << i;
    }
  });
  EXPECT_GT(untrue, 300);
  EXPECT_GT(refused, untrue);
  EXPECT_GT(accepted, 100);  // slips that leave it true
}

TEST(PeriodProof, OfTheWrongShapeIsRefused) {
  if (!Master::available()) GTEST_SKIP() << "built without GLPK";
  for_each_proof(40, [](std::uint64_t, const CostTable& cost, const PeriodEvidence& good, double) {
    const auto refused = [&](const auto& change) {
      PeriodEvidence bad = good;
      change(bad);
      return !verify::flaw_of(cost, bad).empty();
    };
    EXPECT_FALSE(refused([](PeriodEvidence&) {}));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.grid_s = 0; }));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.grid_s = kCannot; }));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.steps = 0; }));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.steps = std::int64_t{1} << 62; }));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.profit = {}; }));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.profit[OpId(0)] = 1 << 30; }));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.worth = {}; }));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.worth[ClassId(0)] = -1; }));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.worth[ClassId(0)] = std::int64_t{1} << 40; }));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.order.pop_back(); }));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.order[0] = OpId(1000); }));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.ignored = {}; }));
    EXPECT_TRUE(refused([](PeriodEvidence& e) { e.ignored[ModeId(0)].emplace_back(std::size_t{100000}); }));
  });
}

}  // namespace
}  // namespace cleave
