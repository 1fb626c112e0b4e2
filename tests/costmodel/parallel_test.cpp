#include "costmodel/parallel.hpp"
#include "costmodel/operator_cost.hpp"

#include <gtest/gtest.h>

namespace cleave {
namespace {

TEST(UnrolledLoop, PaysForTheShareOfPaddingThatIsPaid) {
  EXPECT_DOUBLE_EQ((UnrolledLoop{16, 1}.efficiency(32)), 1) << "two full rounds";
  EXPECT_DOUBLE_EQ((UnrolledLoop{16, 1}.efficiency(24)), 0.75) << "one and a half rounds take two";
  EXPECT_DOUBLE_EQ((UnrolledLoop{16, 0}.efficiency(24)), 1) << "padding is free";
  EXPECT_DOUBLE_EQ((UnrolledLoop{16, 0.5}.efficiency(8)), 1 / 1.5);
}

/// A 3x3 convolution of 24 to 40 channels on 10 x 8 pixels.
Work small_conv() {
  Work work{.kind = OpKind::conv,
            .gemm = {.m = 80, .k = 9 * 24, .n = 40, .groups = 1},
            .window = {.in_c = 24, .kernel_h = 3, .kernel_w = 3, .out_h = 10, .out_w = 8, .out_c = 40}};
  work.macs = 80.0 * 9 * 24 * 40;
  work.flops = 3200;
  work.weight_bytes = 9 * 24 * 40;
  work.input_bytes = 24 * 80;
  work.output_bytes = 40 * 80;
  return work;
}

ParallelParameters small_device() {
  ParallelParameters device;
  device.launch_s = 1e-6;
  device.peak_flop_per_s = 1e9;
  device.j_per_flop = 1e-12;
  device.bytes_per_s = 1e6;
  device.j_per_byte = 1e-10;
  device.out_c = {16, 1};
  device.in_c = {16, 1};
  device.out_h = {8, 1};
  device.other_efficiency = 0.1;
  return device;
}

TEST(Parallel, AddsUpByHand) {
  const Work work = small_conv();
  ParallelParameters device = small_device();
  const double filled = (40.0 / 48) * (24.0 / 32) * (10.0 / 16);
  const double compute_s = 2 * work.macs / (1e9 * filled) + 3200 / 1e8;
  const double bytes = 8640 + 1920 + 3200;
  const OperatorCost cost = parallel_cost(work, device);
  EXPECT_NEAR(cost.seconds, 1e-6 + bytes / 1e6, 1e-12) << "memory hides the arithmetic";
  EXPECT_EQ(cost.limit, "memory");
  EXPECT_DOUBLE_EQ(cost.parts[1].seconds, compute_s);
  EXPECT_DOUBLE_EQ(cost.joules, (2 * work.macs + 3200) * 1e-12 + bytes * 1e-10);
  device.bytes_per_s = 1e12;
  EXPECT_NEAR(parallel_cost(work, device).seconds, 1e-6 + compute_s, 1e-12);
  EXPECT_EQ(parallel_cost(work, device).limit, "compute");
}

TEST(Parallel, RefusesWhatItsProfileSaysWithTheReason) {
  const Profile board = read_profile("fpga_zcu102_dpu");
  Work attention{.kind = OpKind::matmul, .gemm = {.m = 8, .k = 8, .n = 8, .groups = 1}};
  attention.macs = 512;
  const OperatorCost cost = make_cost_model(board, Precision::int8)(attention);
  EXPECT_EQ(cost.seconds, kCannot);
  EXPECT_EQ(cost.reason, board.unsupported.at("matmul"));
}

}  // namespace
}  // namespace cleave
