// Certificates: what the writer makes the verifier accepts, and what it accepts is true by brute force, however the
// certificate came about.
#include "base/json_view.hpp"
#include "search/any_bounds/energy_bound.hpp"
#include "search/brute_force.hpp"
#include "search/brute_trail.hpp"
#include "search/period.hpp"
#include "search/random_problem.hpp"
#include "search/twin_problems.hpp"
#include "search/twins.hpp"
#include "verify/certify.hpp"
#include "verify/verify.hpp"

#include <cleave/error.hpp>
#include <cleave/explore.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace cleave {
namespace {

using testing_support::add_links;
using testing_support::add_shared_links;
using testing_support::brute_force;
using testing_support::brute_trail;
using testing_support::every_plan;
using testing_support::Point;
using testing_support::problem_with_twins;
using testing_support::Taken;
using testing_support::tiny_problem;
using testing_support::Triple;

constexpr double kRoom = 1 + 2e-10;  ///< no more than the verifier gives

/// The first that has a plan.
Problem solvable() {
  std::uint64_t seed = 0;
  while (explore(tiny_problem(seed), {.threads = 1}).points.empty()) ++seed;
  return tiny_problem(seed);
}

Certificate certificate_for(const CostTable& cost, const Frontier& frontier) {
  std::vector<Claim> claims;
  std::vector<double> periods_s;
  for (auto point = frontier.points.rbegin(); point != frontier.points.rend(); ++point) {
    claims.push_back({point->score.period_s, point->score.energy_j});
    periods_s.push_back(point->score.period_s);
  }
  std::vector<EnergyPrices> prices;
  const auto bounds = bound_energies(cost, periods_s);
  for (std::size_t i = 0; i < bounds.size(); ++i)
    prices.push_back({periods_s[i], {bounds[i].evidence.price_w.begin(), bounds[i].evidence.price_w.end()}});
  return certify(cost, claims, {.energy_prices = prices, .twins = twin_branches(cost)});
}

bool covers(const Certificate& certificate, const std::vector<Point>& plans) {
  return std::all_of(plans.begin(), plans.end(), [&](const Point& plan) {
    return std::any_of(certificate.claims.begin(), certificate.claims.end(), [&](const Claim& claim) {
      return claim.period_s <= plan.period_s * kRoom && claim.energy_j <= plan.energy_j * kRoom;
    });
  });
}

ClaimedQuality quality_of(const CostTable& cost, const FrontierPoint& point) {
  return {.period_s = point.score.period_s,
          .energy_j = point.score.energy_j,
          .bound = point.bound,
          .bounds_period = takes_no_joules(cost),
          .proven = point.proven,
          .any_bound = point.any_bound};
}

TEST(Certificate, OfAnExactFrontierHoldsAndProvesEachPoint) {
  int proven = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Problem problem = tiny_problem(seed);
    const Frontier frontier = explore(problem, {.threads = 1});
    if (frontier.points.empty()) continue;
    const Certificate certificate = certificate_for(problem.cost, frontier);
    ASSERT_TRUE(certificate.contiguous) << "seed " << seed;
    ASSERT_THAT(verify_certificate(problem.cost, certificate), testing::IsEmpty()) << "seed " << seed;
    ASSERT_TRUE(covers(certificate, brute_force(problem.cost))) << "seed " << seed;
    for (const FrontierPoint& point : frontier.points) {
      ASSERT_THAT(verify_quality(problem.cost, certificate, point.plan, quality_of(problem.cost, point)),
                  testing::IsEmpty())
          << "seed " << seed;
      ++proven;
    }
  }
  EXPECT_GT(proven, 2000);
}

/// A cluster with links.
CostTable linked(std::uint64_t seed) {
  CostTable cost = tiny_problem(seed).cost;
  add_links(cost, seed);
  return cost;
}

/// Some of its devices share links, which are slow beside their ports, so that what is taken of them matters.
CostTable sharing(std::uint64_t seed) {
  CostTable cost = tiny_problem(seed).cost;
  for (const TensorId tensor : cost.tensors.ids())
    for (const ModeId mode : cost.modes.ids()) cost.transfer_s(tensor, mode) *= 0.1;
  if (seed % 3 == 0) add_links(cost, seed);
  add_shared_links(cost, seed);
  return cost;
}

std::uint64_t seed_that_shares() {
  std::uint64_t seed = 0;
  while (explore({.cost = sharing(seed)}, {.threads = 1}).points.empty()) ++seed;
  return seed;
}

/// The figures of all contiguous plans.
std::vector<Point> plans_over_links(const CostTable& cost) {
  std::vector<Point> points;
  for (const Triple& plan : brute_trail(cost)) points.push_back({plan.period_s, plan.energy_j});
  return points;
}

/// Written, read and verified: it covers every plan, and each point of the frontier.
void expect_proof_of_all(const CostTable& cost, const Frontier& frontier, const Certificate& certificate) {
  ASSERT_TRUE(certificate.contiguous);
  const std::string text = certificate_json(certificate);
  const Certificate read = parse_certificate(JsonView::parse(text, "certificate.json"));
  ASSERT_EQ(certificate_json(read), text);
  ASSERT_THAT(verify_certificate(cost, read), testing::IsEmpty());
  ASSERT_TRUE(covers(certificate, plans_over_links(cost)));
  for (const FrontierPoint& point : frontier.points)
    ASSERT_THAT(verify_quality(cost, certificate, point.plan, quality_of(cost, point)), testing::IsEmpty());
}

TEST(Certificate, OverLinksHoldsAndProvesEachPoint) {
  std::size_t proven = 0;
  std::size_t with_makers = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const CostTable cost = linked(seed);
    const Frontier frontier = explore({.cost = cost}, {.threads = 1});
    if (frontier.points.empty()) continue;
    const Certificate certificate = certificate_for(cost, frontier);
    ASSERT_NO_FATAL_FAILURE(expect_proof_of_all(cost, frontier, certificate)) << "seed " << seed;
    proven += frontier.points.size();
    for (const ListedState& state : certificate.states) with_makers += !state.makers.empty();
  }
  EXPECT_GT(proven, 1000U);
  EXPECT_GT(with_makers, 1000U);
}

TEST(Certificate, OverSharedLinksHoldsAndProvesEachPoint) {
  std::size_t proven = 0;
  std::size_t bound_by_a_link = 0;
  std::size_t only_takes_less = 0;  // listed beside a partial plan that is no worse in period and energy
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    const CostTable cost = sharing(seed);
    const Frontier frontier = explore({.cost = cost}, {.threads = 1});
    if (frontier.points.empty()) continue;
    const Certificate certificate = certificate_for(cost, frontier);
    ASSERT_NO_FATAL_FAILURE(expect_proof_of_all(cost, frontier, certificate)) << "seed " << seed;
    proven += frontier.points.size();
    for (const FrontierPoint& point : frontier.points) {
      double load_s = 0;
      for (const StageScore& stage : point.score.stages) load_s = std::max(load_s, stage.load_s);
      bound_by_a_link += point.score.period_s > load_s * kRoom;
    }
    for (const ListedState& state : certificate.states)
      for (std::size_t i = 1; i < state.labels.size(); ++i)
        only_takes_less += state.labels[i].energy_j >= state.labels[i - 1].energy_j;
  }
  EXPECT_GT(proven, 1500U);
  EXPECT_GT(bound_by_a_link, 50U);
  EXPECT_GT(only_takes_less, 10U);
}

/// The writer finds out as well: a partial plan that needs shared links less is not forgotten for one that is no worse
/// in the rest.
TEST(Certificate, OverSharedLinksLacksNoPoint) {
  int dropped = 0;
  for (std::uint64_t seed = 0; seed < 2500; ++seed) {
    const CostTable cost = sharing(seed);
    const Frontier frontier = explore({.cost = cost}, {.threads = 1});
    if (frontier.points.empty()) continue;
    const auto all = plans_over_links(cost);
    for (std::size_t i = 0; i < frontier.points.size(); ++i) {
      Frontier less = frontier;
      less.points.erase(less.points.begin() + static_cast<std::ptrdiff_t>(i));
      const Certificate certificate = certificate_for(cost, less);
      ASSERT_TRUE(!certificate.contiguous || covers(certificate, all)) << "seed " << seed << ", without point " << i;
      ++dropped;
    }
  }
  EXPECT_GT(dropped, 2500);
}

TEST(Certificate, OfAlikeBranchesHoldsAndProvesEachPoint) {
  std::size_t proven = 0;
  std::size_t shorter = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const CostTable cost = problem_with_twins(seed);
    const Frontier frontier = explore({.cost = cost}, {.threads = 1});
    if (frontier.points.empty()) continue;
    const Certificate certificate = certificate_for(cost, frontier);
    ASSERT_NO_FATAL_FAILURE(expect_proof_of_all(cost, frontier, certificate)) << "seed " << seed;
    proven += frontier.points.size();
    const Certificate of_all_ideals = certify(cost, certificate.claims, {.energy_prices = certificate.energy_prices});
    shorter += certificate.states.size() < of_all_ideals.states.size();
  }
  EXPECT_GT(proven, 600U);
  EXPECT_GT(shorter, 200U);
}

/// Small whole numbers, each up to three `gaps` larger, so that many plans are almost equal in a figure.
CostTable nearly_tied(std::uint64_t seed, double gap) {
  CostTable cost = tiny_problem(seed).cost;
  std::mt19937_64 random(seed);
  const auto drawn = [&](double whole) { return whole * (1 + gap * static_cast<double>(random() % 4)); };
  for (const OpId op : cost.inputs.ids())
    for (const ModeId mode : cost.modes.ids()) {
      if (!(cost.compute_s(op, mode) < kCannot)) continue;
      cost.compute_s(op, mode) = drawn(1 + static_cast<double>(random() % 3));
      cost.compute_j(op, mode) = drawn(static_cast<double>(random() % 3));
    }
  for (const TensorId tensor : cost.tensors.ids())
    for (const ModeId mode : cost.modes.ids()) cost.transfer_s(tensor, mode) = cost.transfer_j(tensor, mode) = 0;
  for (ClassCost& device : cost.classes) device.idle_w = static_cast<double>(random() % 2);
  return cost;
}

bool almost(double a, double b) { return std::abs(a - b) <= 1e-8 * std::max(a, b); }

TEST(Certificate, ProvesEachPointHoweverCloseToOthers) {
  int close = 0;
  for (const double gap : {5e-12, 5e-11, 5e-10, 1.5e-9})
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      const CostTable cost = nearly_tied(seed, gap);
      const Frontier frontier = explore({.cost = cost}, {.threads = 1});
      if (frontier.points.empty()) continue;
      const Certificate certificate = certificate_for(cost, frontier);
      ASSERT_TRUE(certificate.contiguous) << "seed " << seed << ", gap " << gap;
      ASSERT_THAT(verify_certificate(cost, certificate), testing::IsEmpty()) << "seed " << seed << ", gap " << gap;
      for (const FrontierPoint& point : frontier.points) {
        ASSERT_THAT(verify_quality(cost, certificate, point.plan, quality_of(cost, point)), testing::IsEmpty())
            << "seed " << seed << ", gap " << gap;
        for (const FrontierPoint& other : frontier.points)
          close += &other != &point && (almost(point.score.period_s, other.score.period_s) ||
                                        almost(point.score.energy_j, other.score.energy_j));
      }
    }
  EXPECT_GT(close, 300);
}

/// A plan that another one beats in one figure by more than what counts as equal, and almost equals in the other.
TEST(Certificate, RefusesPlansThatAnAlmostEqualOneBeats) {
  constexpr double clearly = 1 + 1e-9;
  int close = 0;
  for (const double gap : {5e-10, 1.5e-9, 1e-8})
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      const CostTable cost = nearly_tied(seed, gap);
      const Frontier frontier = explore({.cost = cost}, {.threads = 1});
      if (frontier.points.empty() || takes_no_joules(cost)) continue;
      const Certificate certificate = certificate_for(cost, frontier);
      const std::vector<Point> best = brute_force(cost);
      for (const Taken& plan : every_plan(cost)) {
        const Point own{plan.period_s,
                        (plan.dynamic_j + plan.period_s * plan.idle_w) / static_cast<double>(cost.batch)};
        const auto beats = [&](const Point& one) {
          return (one.period_s * clearly < own.period_s && one.energy_j <= own.energy_j) ||
                 (one.energy_j * clearly < own.energy_j && one.period_s <= own.period_s);
        };
        const auto better = std::find_if(best.begin(), best.end(), beats);
        if (better == best.end()) continue;
        close += almost(better->period_s, own.period_s) || almost(better->energy_j, own.energy_j);
        ASSERT_THAT(verify_quality(cost, certificate, frontier.points.front().plan,
                                   {.period_s = own.period_s, .energy_j = own.energy_j, .proven = true}),
                    testing::Not(testing::IsEmpty()))
            << "seed " << seed << ", gap " << gap;
      }
    }
  EXPECT_GT(close, 10000);
}

/// Nine digits would say the same of both.
TEST(Certificate, TellsFiguresApartInWhatItSays) {
  const CostTable cost = solvable().cost;
  const Frontier frontier = explore({.cost = cost}, {.threads = 1});
  const Plan& plan = frontier.points.front().plan;
  const Score& score = frontier.points.front().score;
  const auto complaints =
      verify_quality(cost, certificate_for(cost, frontier), plan,
                     {.period_s = score.period_s, .energy_j = score.energy_j * (1 + 2e-9), .proven = true});
  ASSERT_THAT(complaints, testing::SizeIs(1));
  const auto energy_after = [&](const char* word) {
    const std::string rest = complaints.front().substr(complaints.front().rfind(word) + std::string(word).size());
    return rest.substr(0, rest.find(" J"));
  };
  EXPECT_NE(energy_after(" s and energy "), energy_after(" s and "));
}

/// What a partial plan has taken of shared links is needed: without it one that needs them less would be forgotten.
TEST(Certificate, SaysOfEachPartialPlanWhatItTakesOfSharedLinks) {
  const CostTable cost = sharing(seed_that_shares());
  const Certificate good = certificate_for(cost, explore({.cost = cost}, {.threads = 1}));
  for (const int change : {-1, 1}) {
    Certificate bad = good;
    std::vector<double>& taken_s = bad.states.back().labels.back().taken_s;
    taken_s.resize(taken_s.size() + static_cast<std::size_t>(change), 0);
    EXPECT_THAT(verify_certificate(cost, bad), testing::ElementsAre(testing::HasSubstr("each shared link")));
  }
}

/// One lie or slip in what a certificate says.
void mutate(Certificate& certificate, std::mt19937_64& random) {
  const auto any = [&](auto& list) -> auto& { return list[random() % list.size()]; };
  const auto drop = [&](auto& list) { list.erase(list.begin() + static_cast<std::ptrdiff_t>(random() % list.size())); };
  const auto operator_of = [&](ListedState& one) { return one.maximal.empty() ? OpId(0) : any(one.maximal); };
  ListedState& state = any(certificate.states);
  switch (random() % 14) {
    case 0:
      return drop(certificate.states);
    case 1:
      return drop(state.labels);
    case 2:
      any(state.labels).period_s *= 1.3;
      return;
    case 3:
      any(state.labels).energy_j *= 1.3;
      return;
    case 4:
      return drop(certificate.claims);
    case 5:
      any(certificate.claims).period_s *= random() % 2 ? 1.001 : 1 + 1e-9;
      return;
    case 6:
      any(certificate.claims).energy_j *= random() % 2 ? 1.001 : 1 + 1e-9;
      return;
    case 7:
      any(state.used) = static_cast<int>(random() % 3);
      return;
    case 8:
      any(certificate.period_prices) *= 10;
      return;
    case 9:
      if (!state.makers.empty()) any(state.makers) = static_cast<std::uint16_t>(random() % 3);
      return;
    case 10:
      if (PartialPlan& plan = any(state.labels); !plan.taken_s.empty()) any(plan.taken_s) *= random() % 2 ? 1.3 : 0.3;
      return;
    case 11:
      certificate.twins.push_back({{operator_of(any(certificate.states))}, {operator_of(any(certificate.states))}});
      return;
    case 12:
      if (!certificate.twins.empty()) std::swap(certificate.twins.front().first, certificate.twins.front().later);
      return;
    default:
      if (!state.maximal.empty()) drop(state.maximal);
  }
}

TEST(Certificate, IsRefusedWhereItHasBecomeUntrue) {
  std::mt19937_64 random(1);
  int untrue = 0;
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const bool links = seed >= 1500;
    const CostTable cost = seed >= 2500   ? problem_with_twins(seed)
                           : seed >= 2000 ? sharing(seed)
                           : links        ? linked(seed)
                           : seed % 3 > 0 ? tiny_problem(seed).cost
                                          : nearly_tied(seed, 1.5e-9);
    const Frontier frontier = explore({.cost = cost}, {.threads = 1});
    if (frontier.points.empty()) continue;
    const auto all = links ? plans_over_links(cost) : brute_force(cost);
    const Certificate good = certificate_for(cost, frontier);
    for (int i = 0; i < 20; ++i) {
      Certificate bad = good;
      mutate(bad, random);
      const bool accepted = verify_certificate(cost, bad).empty();
      refused += !accepted;
      if (covers(bad, all)) continue;
      ++untrue;
      ASSERT_FALSE(accepted) << "seed " << seed << ", mutation " << i;
    }
  }
  EXPECT_GT(untrue, 1000);
  EXPECT_GT(refused, untrue);
}

TEST(Certificate, ABoundThatDoesNotFollowIsRefused) {
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Problem problem = tiny_problem(seed);
    const Frontier frontier = explore(problem, {.threads = 1});
    if (frontier.points.size() < 2 || takes_no_joules(problem.cost)) continue;
    const Certificate certificate = certificate_for(problem.cost, frontier);
    const auto complaints = [&](const FrontierPoint& point) {
      return verify_quality(problem.cost, certificate, point.plan, quality_of(problem.cost, point));
    };
    FrontierPoint greedy = frontier.points.back();  // it takes some energy
    greedy.bound *= 1.01;
    EXPECT_THAT(complaints(greedy), testing::Not(testing::IsEmpty()));
    FrontierPoint slow = frontier.points.back();  // a point that another one beats is not proven
    slow.score.period_s *= 1.01;
    slow.score.energy_j *= 1.01;
    EXPECT_THAT(complaints(slow), testing::Not(testing::IsEmpty()));
    // Over all plans: what brute force finds among them is the most that can be said.
    FrontierPoint open = frontier.points.back();
    open.proven = false;
    open.bound = open.any_bound;
    EXPECT_THAT(complaints(open), testing::IsEmpty());
    double least_j = kCannot;
    for (const Point& point : brute_force(problem.cost, true))
      if (point.period_s <= open.score.period_s * kRoom) least_j = std::min(least_j, point.energy_j);
    open.bound = least_j * 1.0001;
    EXPECT_THAT(complaints(open), testing::Not(testing::IsEmpty())) << "seed " << seed;
    ++refused;
  }
  EXPECT_GT(refused, 50);
}

TEST(Certificate, IsAboutOneProblemOnly) {
  const Problem problem = solvable();
  const Frontier frontier = explore(problem, {.threads = 1});
  const Certificate certificate = certificate_for(problem.cost, frontier);
  CostTable other = problem.cost;
  other.compute_s(OpId(0), ModeId(0)) *= 1.0000001;
  EXPECT_THAT(verify_certificate(other, certificate), testing::Not(testing::IsEmpty()));
}

TEST(Certificate, SaysTheSameAfterItWasWrittenAndRead) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Problem problem = tiny_problem(seed);
    const Frontier frontier = explore(problem, {.threads = 1});
    if (frontier.points.empty()) continue;
    const std::string text = certificate_json(certificate_for(problem.cost, frontier));
    const Certificate again = parse_certificate(JsonView::parse(text, "certificate.json"));
    EXPECT_EQ(certificate_json(again), text);
    EXPECT_THAT(verify_certificate(problem.cost, again), testing::IsEmpty());
  }
}

TEST(Certificate, NoByteOfItsFileCanChangeUnnoticed) {
  const Problem problem = solvable();
  const Frontier frontier = explore(problem, {.threads = 1});
  const std::string text = certificate_json(certificate_for(problem.cost, frontier));
  std::mt19937_64 random(1);
  int noticed = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string other = text;
    other[at] = static_cast<char>(' ' + random() % 90);
    if (other == text) continue;
    try {
      EXPECT_EQ(certificate_json(parse_certificate(JsonView::parse(other, "certificate.json"))), text) << at;
    } catch (const Error&) {
      ++noticed;
    }
  }
  EXPECT_GT(noticed, static_cast<int>(text.size() / 2));
}

TEST(Certificate, WithoutAProofStillBoundsPlans) {
  const Problem problem = solvable();
  const Frontier frontier = explore(problem, {.threads = 1});
  const Certificate certificate = certify_bounds(problem.cost, {});
  EXPECT_THAT(verify_certificate(problem.cost, certificate), testing::IsEmpty());
  FrontierPoint point = frontier.points.front();
  EXPECT_THAT(verify_quality(problem.cost, certificate, point.plan, quality_of(problem.cost, point)),
              testing::Not(testing::IsEmpty()));
  point.proven = false;
  point.bound = point.any_bound = 0;
  EXPECT_THAT(verify_quality(problem.cost, certificate, point.plan, quality_of(problem.cost, point)),
              testing::IsEmpty());
}

}  // namespace
}  // namespace cleave
