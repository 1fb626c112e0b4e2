#include "costmodel/parallel.hpp"
#include "costmodel/operator_cost.hpp"
#include "costmodel/peak_rate.hpp"

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

TEST(Parallel, AFewSamplesTakeAsLongAsFillTheEngines) {
  ParallelParameters device = small_device();
  device.bytes_per_s = 1e12;
  const Work one = small_conv();
  const auto compute_s = [&](double batch) {
    Work work = one;
    work.batch = batch;
    work.gemm.m *= static_cast<std::int64_t>(batch);
    work.macs *= batch;
    work.flops *= batch;
    return parallel_cost(work, device).parts[1].seconds;
  };
  const double alone_s = compute_s(1);
  device.batch = {5, 1};
  for (const double batch : {1.0, 3.0, 5.0}) EXPECT_DOUBLE_EQ(compute_s(batch), 5 * alone_s) << batch;
  EXPECT_DOUBLE_EQ(compute_s(6), 10 * alone_s);
  EXPECT_DOUBLE_EQ(compute_s(10), 10 * alone_s);
  const double joules = parallel_cost(one, device).joules;
  device.batch = {1, 1};
  EXPECT_DOUBLE_EQ(parallel_cost(one, device).joules, joules) << "idle engines compute nothing";
}

/// Stated rates are those of the batch that the guides name (AMD PG389, PG367): one image reaches that share of them.
TEST(Parallel, ShippedEnginesReachTheirRateAtTheirBatch) {
  for (const auto& [name, engines] : {std::pair{"fpga_vck190_dpu", 5}, std::pair{"fpga_alveo_u280_dpu", 3}}) {
    Profile card = read_profile(name);
    card.numbers.at("launch_s").value = 0;
    card.numbers.at("memory_bytes_per_s").value = 1e30;
    const double peak = peak_macs_per_s(card, Precision::int8);
    for (const int batch : {1, engines}) {
      // Channels and rows that fill all unrolled loops.
      Work work{.kind = OpKind::conv,
                .gemm = {.m = 64 * 64 * batch, .k = 512, .n = 512, .groups = 1},
                .window = {.in_c = 512, .kernel_h = 1, .kernel_w = 1, .out_h = 64, .out_w = 64, .out_c = 512}};
      work.macs = 64.0 * 64 * batch * 512 * 512;
      work.batch = batch;
      const double rate = work.macs / make_cost_model(card, Precision::int8)(work).seconds;
      EXPECT_NEAR(rate / peak, static_cast<double>(batch) / engines, 1e-9) << name << " batch " << batch;
    }
  }
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
