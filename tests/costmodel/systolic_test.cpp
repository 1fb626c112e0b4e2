#include "costmodel/facts.hpp"
#include "costmodel/npu.hpp"

#include <gtest/gtest.h>

namespace cleave {
namespace {

Gemm gemm_of(std::int64_t m, std::int64_t k, std::int64_t n) { return {.m = m, .k = k, .n = n, .groups = 1}; }

TEST(Systolic, CyclesByHand) {
  // A 2x3 array and a [5 x 4] * [4 x 7] product: folds 3 (m/2), 2 (k/2), 3 (n/3), 2 (m/3).
  EXPECT_EQ(array_cycles(gemm_of(5, 4, 7), 1, 2, 3, Dataflow::os), (2 + 3 + 4 - 2) * 3 * 3);
  EXPECT_EQ(array_cycles(gemm_of(5, 4, 7), 1, 2, 3, Dataflow::ws), (4 + 3 + 5 - 2) * 2 * 3);
  EXPECT_EQ(array_cycles(gemm_of(5, 4, 7), 1, 2, 3, Dataflow::is), (4 + 3 + 7 - 2) * 2 * 2);
  EXPECT_EQ(array_cycles(gemm_of(5, 4, 7), 4, 2, 3, Dataflow::channel_unrolled), 5 * 4 * 1 * 3);
}

Dataflow dataflow_of(const FactRow& config) {
  const std::string& name = config.at("dataflow");
  return name == "os" ? Dataflow::os : name == "ws" ? Dataflow::ws : Dataflow::is;
}

/// Every layer and every total that SCALE-Sim v2 printed, to the cycle. It counts from zero: its
/// numbers are one less per layer.
TEST(Systolic, EqualsScaleSim) {
  const auto configs = facts("scale_sim_configs.csv");
  if (configs.empty()) GTEST_SKIP() << "no reference tables here";
  std::size_t compared = 0;
  for (const FactRow& config : configs) {
    std::int64_t total = 0, layers = 0;
    for (const FactRow& row : facts("scale_sim_" + config.at("net") + ".csv")) {
      if (row.at("config") != config.at("config")) continue;
      const Gemm gemm = gemm_of(whole(row, "gemm_M"), whole(row, "gemm_K"), whole(row, "gemm_N"));
      const std::int64_t cycles =
          array_cycles(gemm, 1, whole(config, "array_h"), whole(config, "array_w"), dataflow_of(config));
      EXPECT_EQ(cycles - 1, whole(row, "compute_cycles")) << row.at("config") << ' ' << row.at("layer");
      total += cycles - 1;
      ++layers;
    }
    EXPECT_EQ(layers, whole(config, "layers")) << config.at("config");
    EXPECT_EQ(total + whole(config, "total_stall"), whole(config, "total_cycles")) << config.at("config");
    compared += static_cast<std::size_t>(layers);
  }
  EXPECT_EQ(compared, 387u);
}

/// "{B: 1, K: 64, ...}" -> the number after "K: "; 1 when absent.
std::int64_t dimension(const std::string& text, const std::string& name) {
  for (const std::string before : {"{", " "}) {
    const auto at = text.find(before + name + ": ");
    if (at != std::string::npos) return std::stoll(text.substr(at + before.size() + name.size() + 2));
  }
  return 1;
}

/// ZigZag's ideal cycles on its 32x32 TPU-like array.
TEST(Systolic, EqualsZigZagIdeal) {
  const auto rows = facts("zigzag_tpu_like_resnet18.csv");
  if (rows.empty()) GTEST_SKIP() << "no reference tables here";
  for (const FactRow& row : rows) {
    const std::string& dims = row.at("dims");
    const std::int64_t area = dimension(dims, "FX") * dimension(dims, "FY");
    const Gemm gemm =
        gemm_of(dimension(dims, "OX") * dimension(dims, "OY"), area * dimension(dims, "C"), dimension(dims, "K"));
    EXPECT_EQ(static_cast<double>(array_cycles(gemm, area, 32, 32, Dataflow::channel_unrolled)),
              real(row, "ideal_cycles"))
        << row.at("layer");
  }
}

/// Jouppi et al. (ISCA 2017) and SCALE-Sim agree on 0.646 ms for ResNet-50 on TPU v1's array.
TEST(Systolic, ShippedTpuTakesTheTimeOfItsSimulation) {
  const auto rows = facts("scale_sim_resnet50.csv");
  if (rows.empty()) GTEST_SKIP() << "no reference tables here";
  NpuParameters tpu = npu_parameters(read_profile("npu_tpu_v1"), Precision::int8);
  double seconds = 0;
  for (const FactRow& row : rows) {
    if (row.at("config") != "tpuv1_256x256_ws_calc") continue;
    const Gemm gemm = gemm_of(whole(row, "gemm_M"), whole(row, "gemm_K"), whole(row, "gemm_N"));
    const OperatorCost cost =
        npu_cost({.kind = OpKind::gemm, .gemm = gemm, .macs = real(row, "macs"), .element_bytes = 1}, tpu);
    seconds += cost.seconds;
  }
  EXPECT_NEAR(seconds, 452002 / 7e8, 54 / 7e8 + 1e-12);
}

NpuParameters small_npu() {
  NpuParameters npu;
  npu.rows = npu.cols = 4;
  npu.sram_bytes = 200;  // 100 usable
  npu.accumulator_bytes = 1e9;
  return npu;
}

TEST(Systolic, TrafficTakesTheCheaperLoopOrder) {
  const Work work{
      .kind = OpKind::gemm, .gemm = gemm_of(10, 4, 4), .weight_bytes = 300, .input_bytes = 150, .output_bytes = 20};
  NpuParameters npu = small_npu();
  // Weights outside: 300 + 150*3 = 750. Inputs outside: 150 + 300*2 = 750. Halve the inputs: 75 + 300*1.
  EXPECT_EQ(npu_traffic(work, npu), 750 + 20);
  Work fewer = work;
  fewer.input_bytes = 75;
  EXPECT_EQ(npu_traffic(fewer, npu), 375 + 20);
  npu.weights_resident = true;
  EXPECT_EQ(npu_traffic(fewer, npu), 75 + 20) << "resident weights are reloaded by the stage, not by the operator";
  npu.weights_resident = false;
  npu.activation_sram_bytes = 95;
  EXPECT_EQ(npu_traffic(fewer, npu), 300) << "activations stay on chip";
}

TEST(Systolic, PartialSumsSpillOnlyWhenTheyMust) {
  const Work work{
      .kind = OpKind::gemm, .gemm = gemm_of(10, 12, 4), .weight_bytes = 50, .input_bytes = 50, .output_bytes = 20};
  NpuParameters npu = small_npu();
  EXPECT_EQ(npu_traffic(work, npu), 120);
  npu.accumulator_bytes = 10 * 4 * 4 - 1;
  EXPECT_EQ(npu_traffic(work, npu), 120 + 50) << "rows in two pieces: weights twice";
  Work heavy = work;
  heavy.weight_bytes = 90;
  EXPECT_EQ(npu_traffic(heavy, npu), 160 + 20 * 4) << "k folds 3 times: two more writes and reads of partial sums";
  npu.dataflow = Dataflow::os;
  EXPECT_EQ(npu_traffic(work, npu), 120) << "outputs are stationary";
}

TEST(Systolic, ABatchPassesInAsManySamplesAsStayOnTheChip) {
  Work work{.kind = OpKind::gemm, .gemm = gemm_of(8, 4, 4), .weight_bytes = 10, .input_bytes = 40, .output_bytes = 40};
  work.batch = 8;
  NpuParameters npu = small_npu();
  npu.activation_sram_bytes = 80;
  EXPECT_EQ(npu_traffic(work, npu), 10) << "all of them stay";
  npu.activation_sram_bytes = 30;
  EXPECT_EQ(npu_traffic(work, npu), 30) << "three, three and two";
  npu.activation_sram_bytes = 10;
  EXPECT_EQ(npu_traffic(work, npu), 80) << "one by one, weights eight times";
  npu.activation_sram_bytes = 9;
  EXPECT_EQ(npu_traffic(work, npu), 90) << "none stays: all at once";
}

TEST(Systolic, ABatchOfProductsOfActivationsIsOneAfterAnother) {
  Work one{.kind = OpKind::matmul, .gemm = gemm_of(100, 12, 4), .input_bytes = 400, .output_bytes = 50};
  one.element_bytes = 1;
  NpuParameters npu = small_npu();
  npu.accumulator_bytes = 1000;
  Work four = one;
  four.batch = four.gemm.groups = 4;
  four.input_bytes *= 4;
  four.output_bytes *= 4;
  EXPECT_LE(npu_traffic(four, npu), 4 * npu_traffic(one, npu));
  EXPECT_GE(npu_traffic(four, npu), four.input_bytes + four.output_bytes);
  EXPECT_GT(npu_traffic(one, npu), one.input_bytes + one.output_bytes) << "two pieces of rows";
}

TEST(Systolic, ABatchOfLookUpsReadsEachRowOnce) {
  Work work{.kind = OpKind::lookup, .weight_bytes = 1e6, .input_bytes = 8, .output_bytes = 800};
  work.batch = 8;
  EXPECT_EQ(npu_traffic(work, small_npu()), 8 + 800 + 800);
  NpuParameters npu = small_npu();
  npu.activation_sram_bytes = 101;
  EXPECT_EQ(npu_traffic(work, npu), 800) << "one by one";
}

TEST(Systolic, DepthwiseMayRunOnTheVectorUnit) {
  NpuParameters npu = small_npu();
  npu.clock_hz = 1;
  npu.vector_flop_per_s = 1e6;
  const Work work{.kind = OpKind::conv, .gemm = {.m = 100, .k = 9, .n = 1, .groups = 8}, .macs = 7200, .flops = 800};
  const OperatorCost fast = npu_cost(work, npu);
  EXPECT_EQ(fast.compute_cycles, 0);
  EXPECT_DOUBLE_EQ(fast.seconds, (2 * 7200 + 800) / 1e6);
  npu.vector_flop_per_s = 1e-3;
  const OperatorCost slow = npu_cost(work, npu);
  EXPECT_EQ(slow.compute_cycles, 8 * (8 + 4 + 100 - 2) * 3);
}

}  // namespace
}  // namespace cleave
