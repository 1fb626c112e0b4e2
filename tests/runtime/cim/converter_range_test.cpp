#include "runtime/cim/converter_range.hpp"

#include <gtest/gtest.h>

#include <random>

namespace cleave::cim {
namespace {

std::vector<std::int32_t> normal_sums(double sigma) {
  std::mt19937 random(1);
  std::normal_distribution<double> number(0, sigma);
  std::vector<std::int32_t> sums(200000);
  for (std::int32_t& sum : sums) sum = static_cast<std::int32_t>(std::lround(number(random)));
  return sums;
}

/// Steps of the best uniform quantiser of a normal distribution, of 2^n levels: 0.3352 sigma at 4 bits, 0.1041 at 6
/// (Max, Quantizing for minimum distortion, IRE Trans. Inf. Theory 1960). Ours has 2^n - 1.
TEST(ConverterRange, IsTheBestOfANormalDistribution) {
  SumHistogram histogram(100000);
  histogram.add(normal_sums(4000), 1);
  EXPECT_NEAR(histogram.best_range(7, 1) / 7, 0.3352 * 4000, 0.08 * 0.3352 * 4000);
  EXPECT_NEAR(histogram.best_range(31, 1) / 31, 0.1041 * 4000, 0.08 * 0.1041 * 4000);
}

TEST(ConverterRange, IsNeverFinerThanADigit) {
  SumHistogram histogram(1000);
  histogram.add(normal_sums(3), 1);
  EXPECT_GE(histogram.best_range(127, 1), 127);
}

TEST(ConverterRange, HeavySumsCountMore) {
  SumHistogram light(100000), heavy(100000);
  const std::vector<std::int32_t> few{60000, 61000};
  for (SumHistogram* histogram : {&light, &heavy}) histogram->add(normal_sums(1000), 1);
  light.add(few, 1e-6);
  heavy.add(few, 1e6);
  EXPECT_LT(light.best_range(7, 1), 5000);
  EXPECT_GT(heavy.best_range(7, 1), 50000);
}

}  // namespace
}  // namespace cleave::cim
