// Bounds by labels: below every plan by brute force whatever the prices are, as good as those of the search, and not to
// be overstated in a certificate.
#include "verify/label_bound.hpp"
#include "base/json_view.hpp"
#include "search/brute_force.hpp"
#include "search/labels/relaxation.hpp"
#include "search/random_problem.hpp"
#include "verify/certify.hpp"
#include "verify/verify.hpp"

#include <cleave/explore.hpp>

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace cleave {
namespace {

using testing_support::every_plan;
using testing_support::runnable;
using testing_support::Taken;
using testing_support::tiny_problem;
using verify::LabelDual;
using verify::labels_prove;

LabelEvidence random_prices(const CostTable& cost, std::mt19937_64& draw) {
  LabelEvidence evidence;
  for (std::size_t part = 0; part < verify::part_count(cost); ++part)
    evidence.price_w.push_back(draw() % 3 == 0 ? 0 : std::uniform_real_distribution<double>(0, 20)(draw));
  evidence.without.assign(cost.classes.size(), false);
  if (draw() % 3 == 0) evidence.without[draw() % evidence.without.size()] = true;
  return evidence;
}

/// What a plan with these devices takes at least, by the definition.
double least_j(const CostTable& cost, const LabelEvidence& evidence, const std::vector<int>& used, double period_s) {
  double watts = 0;
  std::size_t part = 0;
  for (const ClassId device : cost.classes.ids()) {
    const ClassCost& how = cost.classes[device];
    double device_w = how.idle_w;
    for (int i = 0; i < (how.overlap ? how.full_duplex ? 3 : 2 : 1); ++i) device_w -= evidence.price_w[part++];
    watts += device_w * used[device.at()];
  }
  return evidence.least_j + period_s * watts;
}

bool uses_what_is_left_out(const LabelEvidence& evidence, const std::vector<int>& used) {
  for (std::size_t c = 0; c < used.size(); ++c)
    if (evidence.without[c] && used[c] > 0) return true;
  return false;
}

TEST(LabelBound, IsBelowEveryPlanWhateverThePrices) {
  int plans = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const CostTable cost = tiny_problem(seed).cost;
    if (!runnable(cost)) continue;
    std::mt19937_64 draw(seed);
    LabelDual dual(cost);
    const std::vector<Taken> all = every_plan(cost, true);
    for (int i = 0; i < 3; ++i) {  // what an evidence leaves behind must not spoil the next
      LabelEvidence evidence = random_prices(cost, draw);
      evidence.least_j = dual.least_j(evidence);
      for (const Taken& plan : all) {
        if (uses_what_is_left_out(evidence, plan.used)) continue;
        ASSERT_LE(least_j(cost, evidence, plan.used, plan.period_s),
                  (plan.dynamic_j + plan.period_s * plan.idle_w) * (1 + 1e-9) + 1e-9)
            << "seed " << seed;
        ++plans;
      }
    }
  }
  EXPECT_GT(plans, 100'000);
}

/// Of a search: prices for one of the plans, as the verifier values them.
std::vector<LabelEvidence> evidence_for(const CostTable& cost, double period_s, int& as_good) {
  labels::Relaxation relaxation(cost);
  (void)relaxation.solve(period_s, kCannot, [] { return false; });
  LabelDual dual(cost);
  std::vector<LabelEvidence> bounds;
  for (const labels::PriceBound& bound : relaxation.bounds()) {
    bounds.push_back(bound.evidence);
    bounds.back().least_j = dual.least_j(bound.evidence);
    as_good += bounds.back().least_j >= bound.evidence.least_j * (1 - 1e-6) - 1e-9;
  }
  return bounds;
}

TEST(LabelBound, ProvesNothingThatAPlanContradicts) {
  int bounds = 0;
  int as_good = 0;
  int tight = 0;
  int asked = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const CostTable cost = tiny_problem(seed).cost;
    if (!runnable(cost)) continue;
    const std::vector<testing_support::Point> best = testing_support::brute_force(cost, true);
    if (best.empty()) continue;
    const std::vector<LabelEvidence> evidence = evidence_for(cost, best[seed % best.size()].period_s, as_good);
    bounds += static_cast<int>(evidence.size());
    for (const auto& point : best) {
      const double batch_j = point.energy_j * static_cast<double>(cost.batch);
      ASSERT_FALSE(labels_prove(cost, evidence, point.period_s, batch_j * (1 + 1e-6) + 1e-9)) << "seed " << seed;
      tight += labels_prove(cost, evidence, point.period_s, batch_j * 0.9);
      ++asked;
    }
  }
  EXPECT_GT(bounds, 500);
  EXPECT_GT(as_good, bounds * 9 / 10);
  EXPECT_GT(tight, asked / 4);
}

TEST(LabelBound, CertifiesWhatItProvesAndIsRefusedWhereItIsOverstated) {
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Problem problem = tiny_problem(seed);
    const Frontier frontier = explore(problem, {.threads = 1});
    if (frontier.points.empty()) continue;
    const FrontierPoint& point = frontier.points.front();
    int as_good = 0;
    Certificate certificate =
        certify_bounds(problem.cost, {.labels = evidence_for(problem.cost, point.score.period_s, as_good)});
    const Certificate again = parse_certificate(JsonView::parse(certificate_json(certificate), "certificate.json"));
    EXPECT_EQ(certificate_json(again), certificate_json(certificate));
    ASSERT_THAT(verify_certificate(problem.cost, again), testing::IsEmpty()) << "seed " << seed;
    ClaimedQuality claimed{.period_s = point.score.period_s, .energy_j = point.score.energy_j};
    claimed.any_bound = claimed.bound = point.score.energy_j * (1 + 1e-6) + 1e-9;
    EXPECT_THAT(verify_quality(problem.cost, again, point.plan, claimed), testing::Not(testing::IsEmpty()));

    LabelEvidence& some = certificate.label_bounds[seed % certificate.label_bounds.size()];
    some.least_j += 1e-6 * std::abs(some.least_j) + 1e-9;
    EXPECT_THAT(verify_certificate(problem.cost, certificate), testing::Not(testing::IsEmpty())) << "seed " << seed;
    some.price_w.pop_back();
    EXPECT_THAT(verify_certificate(problem.cost, certificate), testing::Not(testing::IsEmpty())) << "seed " << seed;
    ++refused;
  }
  EXPECT_GT(refused, 50);
}

}  // namespace
}  // namespace cleave
