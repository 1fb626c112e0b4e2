// What is known elsewhere makes the search shorter and loses nothing.
#include "search/beyond.hpp"
#include "search/brute_force.hpp"
#include "search/brute_trail.hpp"
#include "search/random_problem.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace cleave {
namespace {

using testing_support::random_problem;
using testing_support::Topology;

constexpr Topology kTopologies[] = {Topology::chain, Topology::diamond, Topology::series_parallel, Topology::random};

Problem problem_of(std::uint64_t seed) {
  return random_problem(seed, {.operators = 5, .max_devices = 3, .topology = kTopologies[seed % 4]});
}

bool has(const Beyond& found, double period_s, double energy_j) {
  return std::any_of(found.points.begin(), found.points.end(), [&](const FrontierPoint& point) {
    return point.score.period_s <= period_s * (1 + 1e-9) && point.score.energy_j <= energy_j * (1 + 1e-9);
  });
}

/// Of another cluster: the figures of this frontier, here a little better, there a little worse.
std::vector<Known> made_up(const Frontier& frontier, double batch, std::uint64_t seed) {
  std::mt19937_64 dice(seed);
  std::uniform_real_distribution<double> factor(0.8, 1.4);
  std::vector<Known> known;
  for (const FrontierPoint& point : frontier.points)
    if (dice() % 2 == 0)
      known.push_back({point.score.period_s / batch * factor(dice), point.score.energy_j * factor(dice)});
  return known;
}

TEST(Beyond, FindsAllThatIsNotKnownToBeBeaten) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Problem problem = problem_of(seed);
    const auto batch = static_cast<double>(problem.cost.batch);
    const auto all = testing_support::brute_force(problem.cost);
    const Frontier frontier = explore(problem, {.solver = Solver::exact, .threads = 1});
    const std::vector<Known> known = made_up(frontier, batch, seed);
    const Beyond found = search_beyond(problem.cost, {.known = known}, {.threads = 1});
    EXPECT_TRUE(found.complete);
    for (const auto& point : all) {
      const bool beaten = std::any_of(known.begin(), known.end(), [&](const Known& one) {
        return one.period_s * batch <= point.period_s && one.energy_j <= point.energy_j;
      });
      EXPECT_TRUE(beaten || has(found, point.period_s, point.energy_j)) << "seed " << seed;
    }
    for (const FrontierPoint& point : found.points) EXPECT_TRUE(point.proven) << "seed " << seed;
  }
}

/// The same plan stays, whether its equal was known before or not.
TEST(Beyond, FindsItsOwnFiguresAgain) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Problem problem = problem_of(seed);
    const auto batch = static_cast<double>(problem.cost.batch);
    const Beyond first = search_beyond(problem.cost, {}, {.threads = 1});
    std::vector<Known> known;
    for (const FrontierPoint& point : first.points)
      known.push_back({point.score.period_s / batch, point.score.energy_j});
    const Beyond again = search_beyond(problem.cost, {.known = known}, {.threads = 1});
    ASSERT_EQ(first.points.size(), again.points.size()) << "seed " << seed;
    for (std::size_t i = 0; i < first.points.size(); ++i) EXPECT_EQ(first.points[i].plan, again.points[i].plan);
  }
}

TEST(Beyond, KnowsWhenNothingIsLeft) {
  const Problem problem = problem_of(1);
  EXPECT_TRUE(search_beyond(problem.cost, {.known = {{0, 0}}}, {.threads = 1}).points.empty());
  EXPECT_TRUE(search_beyond(problem.cost, {.known = {{0, 0, 0}}}, {.latency = true, .threads = 1}).points.empty());
}

/// With latency, with and without links, and under a limit on it.
TEST(Beyond, FindsAllThatIsNotKnownToBeBeatenInThreeObjectives) {
  std::size_t beaten_ones = 0, found_ones = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Problem problem = problem_of(seed);
    if (seed % 3 == 1) testing_support::add_links(problem.cost, seed);
    const auto batch = static_cast<double>(problem.cost.batch);
    const auto all = testing_support::brute_trail(problem.cost);
    std::mt19937_64 dice(seed);
    std::uniform_real_distribution<double> factor(0.8, 1.4);
    BeyondQuestion question;
    if (seed % 4 == 3 && !all.empty()) question.limits.latency_s = all[dice() % all.size()].latency_s * (1 + 1e-9);
    for (const auto& point : all)
      if (dice() % 2 == 0)
        question.known.push_back({point.period_s / batch * factor(dice), point.energy_j * factor(dice),
                                  std::min(point.latency_s * factor(dice), question.limits.latency_s)});
    const Beyond found = search_beyond(problem.cost, question, {.latency = true, .threads = 1});
    EXPECT_TRUE(found.complete);
    for (const auto& point : all) {
      if (point.latency_s > question.limits.latency_s) continue;
      const bool beaten = std::any_of(question.known.begin(), question.known.end(), [&](const Known& one) {
        return one.period_s * batch <= point.period_s && one.energy_j <= point.energy_j &&
               one.latency_s <= point.latency_s;
      });
      const bool has_it = std::any_of(found.points.begin(), found.points.end(), [&](const FrontierPoint& one) {
        return one.score.period_s <= point.period_s * (1 + 1e-9) && one.score.energy_j <= point.energy_j * (1 + 1e-9) &&
               one.score.latency_s <= point.latency_s * (1 + 1e-9);
      });
      EXPECT_TRUE(beaten || has_it) << "seed " << seed;
      beaten_ones += beaten;
    }
    for (const FrontierPoint& point : found.points) {
      EXPECT_TRUE(point.proven) << "seed " << seed;
      EXPECT_LE(point.score.latency_s, question.limits.latency_s);
      EXPECT_TRUE(std::any_of(all.begin(), all.end(),
                              [&](const auto& one) {
                                return std::abs(one.period_s - point.score.period_s) <= 1e-9 * one.period_s &&
                                       std::abs(one.energy_j - point.score.energy_j) <= 1e-9 * one.energy_j &&
                                       std::abs(one.latency_s - point.score.latency_s) <= 1e-9 * one.latency_s;
                              }))
          << "seed " << seed;
      ++found_ones;
    }
  }
  EXPECT_GT(beaten_ones, 50U);
  EXPECT_GT(found_ones, 500U);
}

}  // namespace
}  // namespace cleave
