#include "search/weights.hpp"

#include <cleave/error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

namespace cleave {
namespace {

Frontier frontier_of(const std::vector<std::pair<double, double>>& period_energy) {
  Frontier frontier;
  for (const auto& [period_s, energy_j] : period_energy) {
    FrontierPoint point;
    point.score.period_s = period_s;
    point.score.energy_j = energy_j;
    frontier.points.push_back(point);
  }
  assign_weights(frontier.points);
  return frontier;
}

TEST(Weights, EndsOfTheRangeSelectTheExtremes) {
  const Frontier frontier = frontier_of({{4, 1}, {2, 2}, {1, 4}});
  EXPECT_EQ(frontier.pick(0).score.energy_j, 1);
  EXPECT_EQ(frontier.pick(1).score.period_s, 1);
  EXPECT_THROW((void)frontier.pick(1.5), UsageError);
}

TEST(Weights, IntervalsAreExactAndAgreeWithPick) {
  const Frontier frontier = frontier_of({{4, 1}, {2, 2}, {1, 4}});
  // (4,1) and (2,2) tie at 4w + (1-w) = 2w + 2(1-w), that is w = 1/3; the others at 2/3.
  EXPECT_DOUBLE_EQ(frontier.points[0].weight->hi, 1.0 / 3);
  EXPECT_DOUBLE_EQ(frontier.points[1].weight->lo, 1.0 / 3);
  EXPECT_DOUBLE_EQ(frontier.points[1].weight->hi, 2.0 / 3);
  EXPECT_EQ(frontier.pick(0.5).score.period_s, 2);
  for (const FrontierPoint& point : frontier.points)
    EXPECT_EQ(frontier.pick((point.weight->lo + point.weight->hi) / 2).score.period_s, point.score.period_s);
}

TEST(Weights, BesideAnEnergyOfZeroOnlyPureThroughputSelectsAnythingElse) {
  const Frontier frontier = frontier_of({{4, 0}, {1, 2}});
  EXPECT_EQ(frontier.points[1].weight->lo, 1);
  EXPECT_EQ(frontier.pick(0.99).score.energy_j, 0);
  EXPECT_EQ(frontier.pick(1).score.period_s, 1);
}

TEST(Weights, BesideABestOfZeroPointsBetweenTheEndsHaveNone) {
  const Frontier leanest_free = frontier_of({{3, 0}, {2, 1}, {1, 2}});
  EXPECT_EQ(leanest_free.points[0].weight->lo, 0);
  EXPECT_EQ(leanest_free.points[0].weight->hi, 1) << "all below";
  EXPECT_FALSE(leanest_free.points[1].weight.has_value());
  EXPECT_EQ(leanest_free.points[2].weight->lo, 1);
  const Frontier fastest_free = frontier_of({{3, 1}, {2, 2}, {0, 4}});
  EXPECT_EQ(fastest_free.points[0].weight->hi, 0);
  EXPECT_FALSE(fastest_free.points[1].weight.has_value());
  EXPECT_EQ(fastest_free.points[2].weight->lo, 0);
  EXPECT_EQ(fastest_free.points[2].weight->hi, 1);
}

/// What is picked has the weight in its interval, and a point with a weight inside its interval is picked there.
TEST(Weights, BesideBestsOfZeroAreThoseThatPick) {
  using Figures = std::vector<std::pair<double, double>>;
  for (const Figures& figures : {Figures{{3, 0}, {2, 1}, {1, 2}}, Figures{{3, 1}, {2, 2}, {0, 4}},
                                 Figures{{3, 0}, {2, 1}, {0, 2}}, Figures{{3, 0}, {0, 2}}, Figures{{0, 0}}}) {
    const Frontier frontier = frontier_of(figures);
    for (const double w : {0.0, 0.25, 0.5, 0.75, 1.0}) {
      const FrontierPoint& picked = frontier.pick(w);
      ASSERT_TRUE(picked.weight.has_value()) << w;
      EXPECT_LE(picked.weight->lo, w);
      EXPECT_GE(picked.weight->hi, w);
      for (const FrontierPoint& point : frontier.points) {
        const bool inside = point.weight && point.weight->lo < w && w < point.weight->hi;
        EXPECT_EQ(inside, w > 0 && w < 1 && &point == &picked) << w;
      }
    }
  }
}

TEST(Weights, OfAnEarlierFrontierAreForgotten) {
  Frontier frontier = frontier_of({{4, 1}, {2, 2}, {1, 4}});
  frontier.points[0].score.energy_j = 0.01;
  frontier.points[1].score.energy_j = 3.99;
  assign_weights(frontier.points);
  EXPECT_FALSE(frontier.points[1].weight.has_value()) << "above the line between its neighbours";
}

/// A frontier of some points, some of which no weight selects; figures of any size, every third time small whole
/// numbers.
std::vector<std::pair<double, double>> drawn(std::mt19937_64& random, std::uint64_t seed) {
  const auto real = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  std::set<double> periods_s;
  std::set<double> energies_j;
  for (std::size_t i = 0; i < 1 + seed % 14; ++i) {
    const bool whole = seed % 3 == 0;
    periods_s.insert(whole ? static_cast<double>(1 + random() % 9) : std::exp(8 * real() - 4));
    energies_j.insert(whole ? static_cast<double>(1 + random() % 9) : std::exp(8 * real() - 4));
  }
  std::vector<std::pair<double, double>> frontier;
  auto energy_j = energies_j.begin();
  for (auto period_s = periods_s.rbegin(); period_s != periods_s.rend() && energy_j != energies_j.end(); ++period_s)
    frontier.emplace_back(*period_s, *energy_j++);
  return frontier;
}

TEST(Weights, IntervalsAreThoseOfDenseSamplingAndOfEveryCrossing) {
  std::mt19937_64 random(1);
  std::size_t selected = 0;
  std::size_t never = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const auto figures = drawn(random, seed);
    const Frontier frontier = frontier_of(figures);
    const double least_s = figures.back().first;
    const double least_j = figures.front().second;
    const auto score = [&](std::size_t i, double w) {
      return w * (figures[i].first / least_s) + (1 - w) * (figures[i].second / least_j);
    };
    const auto best = [&](double w) {
      double least = score(0, w);
      for (std::size_t i = 1; i < figures.size(); ++i) least = std::min(least, score(i, w));
      return least;
    };
    constexpr double same = 1e-11;
    // Ends are exact: there, and nowhere inside, another point is as good; a step further out one is better.
    for (std::size_t i = 0; i < figures.size(); ++i) {
      const auto& weight = frontier.points[i].weight;
      (weight ? selected : never) += 1;
      if (!weight) continue;
      for (const double end : {weight->lo, weight->hi})
        EXPECT_LE(score(i, end), best(end) * (1 + same)) << "seed " << seed;
      constexpr double step = 1e-7;
      for (const double beyond : {weight->lo - step, weight->hi + step})
        EXPECT_TRUE(beyond < 0 || beyond > 1 || score(i, beyond) > best(beyond)) << "seed " << seed;
    }
    // At every weight of a fine grid the points whose interval has it are the best ones.
    for (int k = 0; k <= 2000; ++k) {
      const double w = k / 2000.0;
      const double least = best(w);
      for (std::size_t i = 0; i < figures.size(); ++i) {
        const auto& weight = frontier.points[i].weight;
        const bool inside = weight && weight->lo <= w && w <= weight->hi;
        const bool outside = !weight || w < weight->lo - 1e-9 || w > weight->hi + 1e-9;
        ASSERT_TRUE(!inside || score(i, w) <= least * (1 + same)) << "seed " << seed << ", weight " << w;
        // A point on the line between two others is as good as they are at one weight, which rounding may leave out.
        constexpr double near = 1e-6;
        const bool touches = score(i, w - near) > best(w - near) && score(i, w + near) > best(w + near);
        ASSERT_TRUE(!outside || touches || score(i, w) > least) << "seed " << seed << ", weight " << w;
      }
      const FrontierPoint& picked = frontier.pick(w);
      ASSERT_TRUE(picked.weight && picked.weight->lo <= w + 1e-12 && w <= picked.weight->hi + 1e-12);
    }
  }
  EXPECT_GT(selected, 700U);
  EXPECT_GT(never, 150U);
}

TEST(Weights, APointAboveTheHullIsReachedByNone) {
  const Frontier frontier = frontier_of({{4, 1}, {3.9, 3.9}, {1, 4}});
  EXPECT_FALSE(frontier.points[1].weight.has_value());
}

}  // namespace
}  // namespace cleave
