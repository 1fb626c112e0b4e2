#include "costmodel/cpu_gpu.hpp"
#include "costmodel/facts.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace cleave {
namespace {

RooflineParameters plain_device() {
  RooflineParameters device;
  device.launch_s = 1e-3;
  device.peak_flop_per_s = 1e6;
  device.j_per_flop = 1e-9;
  device.bytes_per_s = 1e5;
  device.weight_bytes_per_s = 1e5;
  device.j_per_byte = 1e-8;
  device.other_efficiency = 0.5;
  device.overlap_p = 1;
  return device;
}

TEST(Roofline, AddsUpByHand) {
  RooflineParameters device = plain_device();
  Work work{.kind = OpKind::gemm, .gemm = {.m = 10, .k = 10, .n = 10, .groups = 1}, .macs = 1000, .flops = 100};
  work.weight_bytes = 400;
  work.input_bytes = 400;
  work.output_bytes = 200;
  const OperatorCost serial = roofline_cost(work, device);
  EXPECT_DOUBLE_EQ(serial.seconds, 1e-3 + (2e-3 + 100 / 0.5e6) + 1000 / 1e5);
  EXPECT_DOUBLE_EQ(serial.joules, 2100 * 1e-9 + 1000 * 1e-8);
  EXPECT_EQ(serial.limit, "memory");
  device.overlap_p = 1e3;
  EXPECT_NEAR(roofline_cost(work, device).seconds, 1e-3 + 1e-2, 1e-9) << "a large p is the maximum";
  device.m0 = 10;
  EXPECT_GT(roofline_cost(work, device).parts[1].seconds, serial.parts[1].seconds) << "few rows do not fill the device";
}

TEST(Roofline, LimitNamesWhatIsLongest) {
  RooflineParameters device = plain_device();
  Work work{.kind = OpKind::movement};
  work.input_bytes = work.output_bytes = 10;
  EXPECT_EQ(roofline_cost(work, device).limit, "launch");
  work.flops = 1e6;
  EXPECT_EQ(roofline_cost(work, device).limit, "compute");
}

TEST(Roofline, WeightsHaveABandwidthOfTheirOwn) {
  RooflineParameters device = plain_device();
  device.weight_bytes_per_s = 1e4;
  Work work{.kind = OpKind::gemm};
  work.weight_bytes = 300;
  work.input_bytes = 500;
  EXPECT_DOUBLE_EQ(roofline_cost(work, device).seconds, 1e-3 + 500 / 1e5 + 300 / 1e4);
  EXPECT_DOUBLE_EQ(roofline_cost(work, device).bytes, 800);
}

Work three_by_three(std::int64_t side, std::int64_t in_c, std::int64_t out_c, std::int64_t batch = 1) {
  Work work{.kind = OpKind::conv,
            .gemm = {.m = batch * side * side, .k = 9 * in_c, .n = out_c, .groups = 1},
            .window = {.in_h = side,
                       .in_w = side,
                       .in_c = in_c,
                       .kernel_h = 3,
                       .kernel_w = 3,
                       .stride_h = 1,
                       .stride_w = 1,
                       .out_h = side,
                       .out_w = side,
                       .out_c = out_c}};
  work.macs = static_cast<double>(work.gemm.m * work.gemm.k * work.gemm.n);
  return work;
}

/// A 1x1 convolution of stride 2 from 7 x 7 to 4 x 4, two samples, in bytes.
Work stepping() {
  Work work{.kind = OpKind::conv,
            .gemm = {.m = 2 * 4 * 4, .k = 3, .n = 5, .groups = 1},
            .window = {.in_h = 7,
                       .in_w = 7,
                       .in_c = 3,
                       .kernel_h = 1,
                       .kernel_w = 1,
                       .stride_h = 2,
                       .stride_w = 2,
                       .out_h = 4,
                       .out_w = 4,
                       .out_c = 5}};
  work.input_bytes = 2 * 7 * 7 * 3;
  work.element_bytes = 1;
  return work;
}

TEST(Roofline, RowsThatAWindowStepsOverAreNotRead) {
  Work work = stepping();
  EXPECT_DOUBLE_EQ(roofline_cost(work, plain_device()).bytes, 2 * 4 * 7 * 3) << "4 of 7 rows, whole ones";
  EXPECT_DOUBLE_EQ(roofline_cost(work, plain_device()).seconds, 1e-3 + 2 * 4 * 7 * 3 / 1e5);
  constexpr double added = 2 * 4 * 4 * 5;
  work.input_bytes += added;
  EXPECT_DOUBLE_EQ(work.activation_traffic(), 2 * 4 * 7 * 3 + added) << "what is added to the results is read whole";
  work.window.kernel_h = 2;
  EXPECT_DOUBLE_EQ(work.activation_traffic(), work.input_bytes) << "windows that meet leave no row out";
}

TEST(Roofline, TilesAreWholeAndForWideConvolutionsOnly) {
  const Winograd tiles{.tile = 4, .channels = 16, .tiles = 12};
  EXPECT_EQ(winograd_tiles(three_by_three(14, 64, 32), tiles), 16) << "14 = 3.5 tiles, so 4 each way";
  EXPECT_EQ(winograd_tiles(three_by_three(14, 64, 32, 3), tiles), 48);
  EXPECT_EQ(winograd_tiles(three_by_three(14, 60, 32), tiles), 0) << "channels";
  EXPECT_EQ(winograd_tiles(three_by_three(8, 64, 32), tiles), 0) << "too few";
  Work strided = three_by_three(14, 64, 32);
  strided.window.stride_h = 2;
  EXPECT_EQ(winograd_tiles(strided, tiles), 0);
}

TEST(Roofline, ProductsOfMatrixInstructionsAreAClassOfTheirOwn) {
  const MatrixUnit matrix{.rows = 33, .side = 64, .weights = 8192, .columns = 16};
  const auto product = [](OpKind kind, std::int64_t m, std::int64_t k, std::int64_t n) {
    return Work{.kind = kind, .gemm = {.m = m, .k = k, .n = n, .groups = 1}};
  };
  EXPECT_EQ(roofline_class(product(OpKind::gemm, 33, 64, 128), matrix), RooflineClass::matrix);
  EXPECT_EQ(roofline_class(product(OpKind::gemm, 33, 64, 128), {}), RooflineClass::gemm) << "no such unit";
  EXPECT_EQ(roofline_class(product(OpKind::gemm, 32, 64, 128), matrix), RooflineClass::gemm) << "rows";
  EXPECT_EQ(roofline_class(product(OpKind::gemm, 33, 48, 256), matrix), RooflineClass::gemm) << "inner length";
  EXPECT_EQ(roofline_class(product(OpKind::gemm, 33, 64, 64), matrix), RooflineClass::gemm) << "weights";
  EXPECT_EQ(roofline_class(product(OpKind::gemm, 33, 768, 50257), matrix), RooflineClass::gemm) << "odd columns";
  EXPECT_EQ(roofline_class(product(OpKind::matmul, 33, 64, 128), matrix), RooflineClass::gemm) << "no constant";
  Work pixels = product(OpKind::conv, 49, 64, 128);
  pixels.window.kernel_h = pixels.window.kernel_w = 1;
  EXPECT_EQ(roofline_class(pixels, matrix), RooflineClass::matrix);
  EXPECT_EQ(roofline_class(three_by_three(14, 64, 32), matrix), RooflineClass::conv);
}

TEST(Roofline, TilesSaveArithmeticAndReadMoreWeights) {
  RooflineParameters device = plain_device();
  device.conv3x3_gain = 2;
  device.winograd = {.tile = 4, .channels = 16, .tiles = 12};
  Work work = three_by_three(14, 64, 32);
  EXPECT_DOUBLE_EQ(roofline_cost(work, device).parts[1].seconds, 2 * work.macs / 1e6 / (2.0 * 196 / 256));
  const double without = roofline_cost(work, device).seconds;
  work.weight_bytes = 900;
  EXPECT_NEAR(roofline_cost(work, device).seconds - without, 3600 / 1e5, 1e-6) << "36 places for 9";
  EXPECT_DOUBLE_EQ(roofline_cost(three_by_three(14, 60, 32), device).parts[1].seconds,
                   2 * three_by_three(14, 60, 32).macs / 1e6)
      << "no gain";
}

TEST(Roofline, TilesHoldMoreWeights) {
  RooflineParameters device = plain_device();
  Work few_tiles = three_by_three(7, 64, 32), other = three_by_three(14, 60, 32);
  few_tiles.weight_bytes = other.weight_bytes = 900;
  EXPECT_DOUBLE_EQ(roofline_cost(few_tiles, device).weight_bytes, 900) << "nothing is known of tiles";
  device.winograd = {.tile = 4, .channels = 16, .tiles = 12};
  EXPECT_DOUBLE_EQ(roofline_cost(few_tiles, device).weight_bytes, 1600) << "16 places for 9: tiles of 2 x 2";
  Work many_tiles = three_by_three(14, 64, 32);
  many_tiles.weight_bytes = 900;
  EXPECT_DOUBLE_EQ(roofline_cost(many_tiles, device).weight_bytes, 3600);
  EXPECT_DOUBLE_EQ(roofline_cost(other, device).weight_bytes, 900);
}

TEST(Roofline, KindsWithoutProductsHaveTheirRates) {
  RooflineParameters device = plain_device();
  device.softmax_gain = 4;
  Work work{.kind = OpKind::elementwise, .flops = 1000};
  const double elementwise = roofline_cost(work, device).parts[1].seconds;
  work.kind = OpKind::softmax;
  EXPECT_DOUBLE_EQ(roofline_cost(work, device).parts[1].seconds, elementwise / 4);
}

/// Mean relative error of the shipped T4 against each kind of its DeepBench measurements.
class DeepBenchT4 : public testing::Test {
 protected:
  static Work work_of_row(const FactRow& row, double bytes) {
    Work work;
    const bool conv = row.at("op") == "conv_fwd";
    work.kind = conv ? OpKind::conv : OpKind::gemm;
    // DeepBench's M counts weights' rows, its N the activations' columns.
    work.gemm = {.m = whole(row, "N"), .k = whole(row, "K"), .n = whole(row, "M"), .groups = 1};
    const double m = real(row, "N"), k = real(row, "K"), n = real(row, "M");
    work.macs = m * n * k;
    work.weight_bytes = k * n * bytes;
    work.output_bytes = m * n * bytes;
    work.input_bytes =
        (conv ? real(row, "batch") * real(row, "in_h") * real(row, "in_w") * real(row, "in_c") : m * k) * bytes;
    return work;
  }
  static double mean_error(const std::string& sheet, const std::string& op, Precision precision) {
    const RooflineParameters device = roofline_parameters(read_profile("gpu_t4"), precision);
    double sum = 0, count = 0;
    for (const FactRow& row : facts("deepbench_measured.csv")) {
      if (row.at("device") != "NV_T4" || row.at("op") != op || row.at("sheet").find(sheet) == std::string::npos)
        continue;
      sum += std::abs(
          roofline_cost(work_of_row(row, bytes_of(precision)), device).seconds / (real(row, "time_ms") * 1e-3) - 1);
      ++count;
    }
    EXPECT_GT(count, 70) << sheet << ' ' << op;
    return sum / count;
  }
  void SetUp() override {
    if (facts("deepbench_measured.csv").empty()) GTEST_SKIP() << "no reference tables here";
  }
};

TEST_F(DeepBenchT4, ErrorsAreThoseOfTheDocument) {
  EXPECT_NEAR(mean_error("FP16 ip", "gemm", Precision::fp16), 0.132, 0.005);
  EXPECT_NEAR(mean_error("Results FP32", "gemm", Precision::fp32), 0.144, 0.005);
  EXPECT_NEAR(mean_error("FP16 ip", "conv_fwd", Precision::fp16), 0.276, 0.005);
  EXPECT_NEAR(mean_error("Results FP32", "conv_fwd", Precision::fp32), 0.300, 0.005);
  EXPECT_NEAR(mean_error("Mixed Precision", "gemm", Precision::int8), 0.424, 0.005);
  EXPECT_NEAR(mean_error("Mixed Precision", "conv_fwd", Precision::int8), 0.324, 0.005);
}

}  // namespace
}  // namespace cleave
