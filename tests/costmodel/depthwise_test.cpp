// Depthwise: one input channel a group, whatever comes out of it.
#include "costmodel/operator_cost.hpp"
#include "costmodel/work.hpp"

#include <gtest/gtest.h>

namespace cleave {
namespace {

/// A 3x3 convolution over 56 x 56.
Work convolution(std::int64_t in_c, std::int64_t out_c, std::int64_t groups) {
  Work work{.kind = OpKind::conv,
            .gemm = {.m = 56 * 56, .k = 9 * in_c / groups, .n = out_c / groups, .groups = groups},
            .window = {.in_h = 56,
                       .in_w = 56,
                       .in_c = in_c,
                       .kernel_h = 3,
                       .kernel_w = 3,
                       .stride_h = 1,
                       .stride_w = 1,
                       .out_h = 56,
                       .out_w = 56,
                       .out_c = out_c}};
  work.macs = 56.0 * 56 * 9 * static_cast<double>(in_c / groups) * static_cast<double>(out_c);
  work.parameters = 9.0 * static_cast<double>(in_c / groups) * static_cast<double>(out_c);
  return work;
}

TEST(Depthwise, IsOneInputChannelAGroup) {
  EXPECT_TRUE(convolution(64, 64, 64).is_depthwise());
  EXPECT_TRUE(convolution(64, 128, 64).is_depthwise());
  EXPECT_FALSE(convolution(160, 4, 4).is_depthwise());
  EXPECT_FALSE(convolution(1, 64, 1).is_depthwise());
}

class EveryProfile : public testing::TestWithParam<std::string> {
 protected:
  /// Without tensors: what is computed decides.
  double seconds(const Work& work) const {
    const Profile profile = read_profile(GetParam());
    return make_cost_model(profile, profile.precisions.front())(work).seconds;
  }
};

TEST_P(EveryProfile, TakesNoLessForMoreOutputs) {
  EXPECT_GE(seconds(convolution(160, 8, 4)), seconds(convolution(160, 4, 4)) * (1 - 1e-12));
}

TEST_P(EveryProfile, TakesUpToTwiceAsLongForTwiceTheOutputs) {
  const double once = seconds(convolution(64, 64, 64)), twice = seconds(convolution(64, 128, 64));
  EXPECT_GE(twice, once * (1 - 1e-12));
  EXPECT_LE(twice, 2 * once * (1 + 1e-12));
}

INSTANTIATE_TEST_SUITE_P(Shipped, EveryProfile, testing::ValuesIn(shipped_profiles()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace cleave
