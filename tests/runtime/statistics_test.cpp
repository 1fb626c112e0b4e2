#include "runtime/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace cleave {
namespace {

TEST(Statistics, PercentilesNeedEnoughSamples) {
  EXPECT_EQ(samples_for(50), 10u);
  EXPECT_EQ(samples_for(90), 64u);
  EXPECT_EQ(samples_for(99), 662u);
  std::vector<double> samples(661);
  std::iota(samples.begin(), samples.end(), 1.0);
  EXPECT_EQ(percentile(samples, 99), std::nullopt);
  samples.push_back(662);
  EXPECT_EQ(percentile(samples, 99), 656);  // of 662, 655.4 are 99 %
  EXPECT_EQ(percentile(samples, 50), 331);
  EXPECT_EQ(percentile({}, 50), std::nullopt);
}

TEST(Statistics, TheIntervalHoldsTheTrueMeanNineteenTimesInTwenty) {
  std::mt19937_64 random(1);
  std::exponential_distribution<double> gap(2.0);
  int held = 0;
  constexpr int runs = 1000;
  for (int i = 0; i < runs; ++i) {
    std::vector<double> event_s;
    double now_s = 0;
    for (int k = 0; k < 200; ++k) event_s.push_back(now_s += gap(random));
    const auto interval = mean_interval(event_s);
    ASSERT_TRUE(interval);
    held += interval->low <= 0.5 && 0.5 <= interval->high;
  }
  EXPECT_NEAR(held, 0.95 * runs, 0.02 * runs);
  EXPECT_FALSE(mean_interval(std::vector<double>(39, 1.0)));
}

Plan replicated(std::initializer_list<int> replicas) {
  Plan plan;
  for (const int r : replicas) plan.stages.push_back({ModeId(0), r, {OpId(0)}});
  return plan;
}

/// Results of `replicas` that are as fast as each other and began together: a batch each second, all of a turn at once.
std::vector<double> bursts(std::size_t replicas, std::size_t count) {
  std::vector<double> result_s;
  for (std::size_t i = 0; i < count; ++i) result_s.push_back(static_cast<double>(replicas * (i / replicas + 1)));
  return result_s;
}

TEST(Statistics, ThePeriodOfBurstsIsThatOfWholeTurns) {
  const Plan plan = replicated({1, 4});
  EXPECT_EQ(whole_turn(plan), 4U);
  for (const std::size_t few : {0, 1, 2, 4, 5}) EXPECT_EQ(steady_period_s(bursts(4, few), plan), std::nullopt) << few;
  for (std::size_t count = 6; count < 60; ++count) EXPECT_EQ(steady_period_s(bursts(4, count), plan), 1) << count;
}

TEST(Statistics, ThePeriodIsOverTurnsOfAllStagesWhereTheResultsSuffice) {
  const Plan plan = replicated({2, 3});
  EXPECT_EQ(whole_turn(plan), 6U);
  EXPECT_EQ(steady_period_s(bursts(3, 6), plan), std::nullopt);
  for (std::size_t count = 12; count < 60; ++count) {
    EXPECT_EQ(steady_period_s(bursts(2, count), plan), 1) << count;
    EXPECT_EQ(steady_period_s(bursts(3, count), plan), 1) << count;
  }
  const Plan many = replicated({7, 8, 9});  // 504 batches a turn
  EXPECT_EQ(steady_period_s(bursts(9, 40), many), std::nullopt);
  EXPECT_EQ(steady_period_s(bursts(9, 50), many), 1);
}

TEST(Statistics, WithoutReplicasTwoResultsTellAPeriod) {
  EXPECT_EQ(steady_period_s(std::vector<double>{3}, replicated({1})), std::nullopt);
  EXPECT_EQ(steady_period_s(std::vector<double>{3, 5}, replicated({1})), 2);
  EXPECT_EQ(whole_turn(replicated({997, 991, 983, 977, 971, 967, 953})), 1'000'000U);
}

TEST(Statistics, TheIntervalIsOfWholeTurns) {
  EXPECT_FALSE(mean_interval(bursts(8, 80), 8));
  const auto interval = mean_interval(bursts(8, 90), 8);
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 1);
  EXPECT_EQ(interval->high, 1);
}

}  // namespace
}  // namespace cleave
