#include "costmodel/calibration/statistics.hpp"

#include <gtest/gtest.h>

namespace cleave {
namespace {

TEST(Statistics, TheMedianOfTwoIsTheirMean) {
  EXPECT_DOUBLE_EQ(median({3, 1}), 2);
  EXPECT_DOUBLE_EQ(median({5, 1, 2}), 2);
  EXPECT_DOUBLE_EQ(median({}), 0);
  EXPECT_DOUBLE_EQ(agreement({1.1, 1.3}, {1, 1}).median, 0.2);
}

TEST(Statistics, TwoMeasurementsHaveAnOrder) {
  EXPECT_EQ(agreement({1, 2}, {3, 4}).spearman, 1);
  EXPECT_EQ(agreement({1, 2}, {4, 3}).spearman, -1);
}

TEST(Statistics, OneMeasurementHasNoOrderNorHaveEqualOnes) {
  EXPECT_FALSE(agreement({1}, {2}).spearman.has_value());
  EXPECT_FALSE(agreement({1, 1, 1}, {2, 3, 4}).spearman.has_value());
}

}  // namespace
}  // namespace cleave
