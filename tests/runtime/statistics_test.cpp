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

}  // namespace
}  // namespace cleave
