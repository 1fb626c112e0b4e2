#include "costmodel/cim.hpp"
#include "costmodel/facts.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace cleave {
namespace {

/// 64 x 64 arrays of 2-bit cells, 8-bit weights: 16 weights per row.
CimParameters small_chip() {
  CimParameters chip;
  chip.array_rows = chip.array_cols = 64;
  chip.arrays = 100;
  chip.cell_bits = 2;
  chip.weight_bits = chip.input_bits = 8;
  chip.dac_bits = 1;
  chip.rows_active = 32;
  chip.columns_per_adc = 8;
  chip.conversion_s = 1e-9;
  chip.read_s = 5e-9;
  chip.adc_j = 1e-12;
  chip.driver_j = 1e-13;
  chip.buffer.in_bytes_per_s = chip.buffer.out_bytes_per_s = 1e9;
  chip.interconnect.in_bytes_per_s = chip.interconnect.out_bytes_per_s = 2e9;
  chip.digital_flop_per_s = 1e9;
  return chip;
}

double part(const OperatorCost& cost, const std::string& name, double CostPart::*what = &CostPart::seconds) {
  for (const CostPart& p : cost.parts)
    if (p.name == name) return p.*what;
  ADD_FAILURE() << "no part " << name;
  return 0;
}

TEST(Cim, MapsWeightsOntoWholeArrays) {
  const Work work{.kind = OpKind::gemm, .gemm = {.m = 10, .k = 100, .n = 20, .groups = 1}};
  const CimMapping map = cim_mapping(work, small_chip());
  EXPECT_EQ(map.row_blocks, 2);
  EXPECT_EQ(map.columns, 80);
  EXPECT_EQ(map.column_blocks, 2);
  EXPECT_EQ(map.arrays, 4);
  EXPECT_EQ(cim_cost(work, small_chip()).weight_bytes, 4 * 64 * 64 * 2 / 8);
}

TEST(Cim, SmallGroupsShareAnArrayOnItsDiagonal) {
  // 9 rows and 4 columns each: 7 fit below one another, 16 beside one another.
  const Work work{.kind = OpKind::conv, .gemm = {.m = 10, .k = 9, .n = 1, .groups = 32}};
  EXPECT_EQ(cim_mapping(work, small_chip()).groups_per_array, 7);
  EXPECT_EQ(cim_mapping(work, small_chip()).arrays, 5);
}

TEST(Cim, AllRowsOfAnArrayThatGroupsShareAreRead) {
  const Work shared{.kind = OpKind::conv, .gemm = {.m = 10, .k = 9, .n = 1, .groups = 7}};
  const Work whole{.kind = OpKind::conv, .gemm = {.m = 10, .k = 63, .n = 1, .groups = 1}};
  const OperatorCost of_groups = cim_cost(shared, small_chip()), dense = cim_cost(whole, small_chip());
  EXPECT_EQ(part(of_groups, "array"), part(dense, "array")) << "63 rows, 32 at a time";
  EXPECT_EQ(part(of_groups, "adc"), part(dense, "adc"));
  // A column is converted once for its own 9 rows, that of the dense product for each half of 63.
  EXPECT_DOUBLE_EQ(part(of_groups, "adc", &CostPart::joules), 7.0 / 2 * part(dense, "adc", &CostPart::joules));
}

TEST(Cim, CopiesDivideTheVectorsAndMultiplyTheArrays) {
  Work work{
      .kind = OpKind::conv, .gemm = {.m = 200, .k = 64, .n = 16, .groups = 1}, .window = {.out_h = 10, .out_w = 10}};
  CimParameters chip = small_chip();
  const OperatorCost once = cim_cost(work, chip);
  chip.vectors_per_copy = 25;
  const OperatorCost copied = cim_cost(work, chip);
  EXPECT_EQ(cim_mapping(work, chip).copies, 4) << "100 positions per sample, whatever the batch";
  EXPECT_DOUBLE_EQ(part(copied, "adc"), part(once, "adc") / 4);
  EXPECT_EQ(copied.weight_bytes, 4 * once.weight_bytes);
  EXPECT_DOUBLE_EQ(part(copied, "adc", &CostPart::joules), part(once, "adc", &CostPart::joules));
}

TEST(Cim, TimeAndEnergyByHand) {
  const Work work{.kind = OpKind::gemm, .gemm = {.m = 10, .k = 100, .n = 20, .groups = 1}, .macs = 20000, .flops = 200};
  const OperatorCost cost = cim_cost(work, small_chip());
  // 8 input steps, 64 rows in groups of 32: 16 steps of 8 conversions.
  EXPECT_DOUBLE_EQ(part(cost, "adc"), 10 * 16 * 8e-9);
  EXPECT_DOUBLE_EQ(part(cost, "array"), 10 * 16 * 5e-9);
  EXPECT_DOUBLE_EQ(part(cost, "buffer"), (10 * 100 + 10 * 20) / 1e9);
  EXPECT_DOUBLE_EQ(part(cost, "interconnect"), (10 * 100 + 10 * 20) / 2e9);
  EXPECT_DOUBLE_EQ(part(cost, "digital"), 200 / 1e9);
  EXPECT_DOUBLE_EQ(part(cost, "adc", &CostPart::joules), 10 * 2 * 80 * 16 * 1e-12);
  EXPECT_DOUBLE_EQ(part(cost, "array", &CostPart::joules), 10 * 100 * 8 * 2 * 1e-13);
  EXPECT_EQ(cost.limit, "adc");
}

TEST(Cim, BlocksThatTheChipHasNoArraysForTakeAnotherRound) {
  const Work work{.kind = OpKind::gemm, .gemm = {.m = 10, .k = 100, .n = 20, .groups = 1}, .macs = 20000, .flops = 200};
  CimParameters chip = small_chip();
  chip.accumulate_fraction = 0.5;
  chip.buffer_scaling = 1;
  const OperatorCost at_once = cim_cost(work, chip);
  ASSERT_EQ(cim_mapping(work, chip).arrays, 4);
  chip.arrays = 3;
  const OperatorCost in_two = cim_cost(work, chip);
  chip.arrays = 1;
  const OperatorCost in_four = cim_cost(work, chip);
  for (const char* name : {"array", "adc", "accumulate"}) {
    EXPECT_DOUBLE_EQ(part(in_two, name), 2 * part(at_once, name)) << name;
    EXPECT_DOUBLE_EQ(part(in_four, name), 4 * part(at_once, name)) << name;
  }
  EXPECT_DOUBLE_EQ(part(in_two, "buffer"), 2 * part(at_once, "buffer")) << "two row blocks, one at a time";
  EXPECT_DOUBLE_EQ(part(in_four, "buffer"), part(in_two, "buffer")) << "the bytes are the same";
  EXPECT_DOUBLE_EQ(part(in_four, "digital"), part(at_once, "digital"));
  EXPECT_DOUBLE_EQ(in_four.joules, at_once.joules) << "the work is the same";
  EXPECT_EQ(in_four.weight_bytes, at_once.weight_bytes);
}

TEST(Cim, RefusesWhatItsArraysCannotHold) {
  CimParameters chip = small_chip();
  const Work attention{.kind = OpKind::matmul, .gemm = {.m = 8, .k = 8, .n = 8, .groups = 1}, .macs = 512};
  EXPECT_EQ(cim_cost(attention, chip).seconds, kCannot);
  EXPECT_EQ(cim_cost(attention, chip).reason, "dynamic operands on NVM crossbar");
  chip.nonvolatile = false;
  EXPECT_EQ(cim_cost(attention, chip).seconds, kCannot);
  EXPECT_EQ(cim_cost({.kind = OpKind::lookup}, chip).seconds, kCannot);
}

/// All 42 converter latencies of two NeuroSim chips follow from one clock each; the tables have six digits.
TEST(Cim, ConverterTimeEqualsNeuroSim) {
  for (const std::string chip : {"rram22", "sram22"}) {
    const auto rows = facts("neurosim_resnet18_" + chip + ".csv");
    if (rows.empty()) GTEST_SKIP() << "no reference tables here";
    const FactRow& first = rows.front();
    const double clock_s =
        real(first, "adc_latency_ns") * 1e-9 * real(first, "duplication") / real(first, "n_vectors") / 64;
    for (const FactRow& row : rows) {
      const double seconds = converter_seconds(real(row, "n_vectors"), real(row, "duplication"), 8, 8, clock_s);
      EXPECT_NEAR(seconds / (real(row, "adc_latency_ns") * 1e-9), 1, 1e-5) << chip << " layer " << row.at("layer");
    }
  }
}

/// A layer of NeuroSim's tables as work: no padding, one input vector an output position.
Work layer_of(const FactRow& row) {
  return {.kind = OpKind::conv,
          .gemm = {.m = whole(row, "n_vectors"), .k = whole(row, "K"), .n = whole(row, "N"), .groups = 1},
          .window = {.in_c = whole(row, "in_c"), .kernel_h = whole(row, "k_h"), .kernel_w = whole(row, "k_w")}};
}

struct NeuroSimCase {
  std::string name;
  double layer_error;  ///< of the mean layer's latency
  int other_copies;    ///< layers that the simulator copies more often
};

class NeuroSim : public testing::TestWithParam<NeuroSimCase> {
 protected:
  const std::vector<FactRow> rows_ = facts("neurosim_resnet18_" + GetParam().name + ".csv");
  const CimParameters chip_ = cim_parameters(read_profile("cim_neurosim_" + GetParam().name));
};

TEST_P(NeuroSim, FillsTilesWithAsManyCopies) {
  if (rows_.empty()) GTEST_SKIP() << "no reference tables here";
  int others = 0;
  for (const FactRow& row : rows_) {
    const CimMapping map = cim_mapping(layer_of(row), chip_);
    const std::int64_t tile = map.unrolled ? whole(row, "k_h") * whole(row, "k_w") * 16 : 64;
    others += map.copies != whole(row, "duplication");
    EXPECT_LE(map.copies, whole(row, "duplication")) << "layer " << row.at("layer");
    EXPECT_EQ(map.arrays / static_cast<double>(tile) / static_cast<double>(map.copies),
              real(row, "tiles") / real(row, "duplication"))
        << "layer " << row.at("layer");
  }
  EXPECT_EQ(others, GetParam().other_copies);
}

/// In sample; scripts/fit_neurosim.py says how well each layer is predicted from the others.
TEST_P(NeuroSim, LayersTakeTheTimeAndEnergyOfTheSimulator) {
  if (rows_.empty()) GTEST_SKIP() << "no reference tables here";
  double seconds = 0, joules = 0, reference_s = 0, reference_j = 0, relative = 0;
  for (const FactRow& row : rows_) {
    const OperatorCost cost = cim_cost(layer_of(row), chip_);
    const bool as_many = cim_mapping(layer_of(row), chip_).copies == whole(row, "duplication");
    const double adc_error = part(cost, "adc") / (real(row, "adc_latency_ns") * 1e-9) - 1;
    EXPECT_NEAR(as_many ? adc_error : 0, 0, 1e-5) << "layer " << row.at("layer");
    seconds += cost.seconds;
    joules += cost.joules;
    reference_s += real(row, "latency_ns") * 1e-9;
    reference_j += real(row, "dyn_energy_pJ") * 1e-12;
    relative += std::abs(cost.seconds / (real(row, "latency_ns") * 1e-9) - 1) / static_cast<double>(rows_.size());
  }
  RecordProperty("latency_ratio", std::to_string(seconds / reference_s));
  RecordProperty("energy_ratio", std::to_string(joules / reference_j));
  RecordProperty("mean_layer_error", std::to_string(relative));
  EXPECT_NEAR(seconds / reference_s, 1, 0.12);
  EXPECT_NEAR(joules / reference_j, 1, 0.03);
  EXPECT_LT(relative, GetParam().layer_error);
}

INSTANTIATE_TEST_SUITE_P(Shipped, NeuroSim,
                         testing::Values(NeuroSimCase{"rram22", 0.02, 0}, NeuroSimCase{"sram22", 0.03, 1}),
                         [](const auto& test) { return test.param.name; });

/// Two tiles beside each other, each 2 x 2 arrays; 100 channels are two row blocks for each of 9 positions.
TEST(Cim, UnrolledKernelsHaveTilesForEachPosition) {
  CimParameters chip = small_chip();
  chip.tile_side = 4;
  chip.unrolled_side = 2;
  chip.unrolled_accumulate_s = 1e-6;
  chip.unrolled_buffer = {.in_bytes_per_s = 1e8, .out_bytes_per_s = 5e8};
  chip.unrolled_interconnect = {
      .in_bytes_per_s = 1e9, .out_bytes_per_s = 1e9, .in_j_per_byte = 1e-12, .out_j_per_byte = 4e-12};
  Work work{.kind = OpKind::conv,
            .gemm = {.m = 10, .k = 900, .n = 64, .groups = 1},
            .window = {.kernel_h = 3, .kernel_w = 3}};
  const CimMapping map = cim_mapping(work, chip);
  EXPECT_TRUE(map.unrolled);
  EXPECT_EQ(map.row_blocks, 18);
  EXPECT_EQ(map.column_blocks, 4);
  EXPECT_EQ(map.tile_columns, 2);
  EXPECT_EQ(map.copies, 1);
  EXPECT_EQ(map.arrays, 2 * 4 * 9);
  const OperatorCost cost = cim_cost(work, chip);
  EXPECT_DOUBLE_EQ(part(cost, "accumulate"), 10e-6);
  EXPECT_DOUBLE_EQ(part(cost, "buffer"), 10 * 100 / 1e8 + 10 * 64 / (5e8 * 2));
  EXPECT_DOUBLE_EQ(part(cost, "interconnect", &CostPart::joules), 10 * 100 * 1e-12 * 1.5 + 10 * 64 * 4e-12);
  // Half of the channels and 16 outputs: a row block and a column block, so that the part holds 2 x 2 copies.
  work.gemm = {.m = 10, .k = 450, .n = 16, .groups = 1};
  EXPECT_EQ(cim_mapping(work, chip).copies, 4);
  EXPECT_DOUBLE_EQ(part(cim_cost(work, chip), "adc"), part(cost, "adc") / 4);
  // Too few channels to fill half of the rows.
  work.gemm.k = 9 * 31;
  EXPECT_FALSE(cim_mapping(work, chip).unrolled);
  EXPECT_EQ(cim_mapping(work, chip).row_blocks, 5);
}

double peak_ops_per_s(const std::string& name) {
  const CimParameters chip = cim_parameters(read_profile(name));
  const std::int64_t columns = chip.array_cols / ceil_div(chip.weight_bits, chip.cell_bits);
  const Work full{.kind = OpKind::gemm, .gemm = {.m = 1000, .k = chip.array_rows, .n = columns, .groups = 1}};
  const OperatorCost cost = cim_cost(full, chip);
  const double ops = 2.0 * 1000 * static_cast<double>(chip.array_rows * columns);
  return ops / (part(cost, "adc") + part(cost, "array")) * static_cast<double>(chip.arrays);
}

/// The arrays at full load reach what the publications state.
TEST(Cim, ShippedChipsReachTheirPublishedPeaks) {
  EXPECT_NEAR(peak_ops_per_s("cim_hermes"), 63.1e12, 0.01 * 63.1e12);
  EXPECT_NEAR(peak_ops_per_s("cim_jia2021"), 3e12, 0.01 * 3e12);
  EXPECT_NEAR(peak_ops_per_s("cim_mythic_m1076"), 25e12, 0.01 * 25e12);
}

}  // namespace
}  // namespace cleave
