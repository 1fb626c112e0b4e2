#include "search/weights.hpp"

#include <cleave/error.hpp>

#include <gtest/gtest.h>

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

TEST(Weights, APointAboveTheHullIsReachedByNone) {
  const Frontier frontier = frontier_of({{4, 1}, {3.9, 3.9}, {1, 4}});
  EXPECT_FALSE(frontier.points[1].weight.has_value());
}

}  // namespace
}  // namespace cleave
