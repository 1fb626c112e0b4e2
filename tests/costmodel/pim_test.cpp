#include "costmodel/pim.hpp"
#include "costmodel/operator_cost.hpp"

#include <gtest/gtest.h>

namespace cleave {
namespace {

/// `m` vectors of 100 times a matrix of 100 x 24 in bytes.
Work product(std::int64_t m) {
  Work work{.kind = OpKind::gemm, .gemm = {.m = m, .k = 100, .n = 24, .groups = 1}, .element_bytes = 1};
  work.macs = static_cast<double>(m) * 2400;
  work.weight_bytes = 2400;
  work.input_bytes = static_cast<double>(m) * 100;
  work.output_bytes = static_cast<double>(m) * 24;
  return work;
}

PimParameters ten_units() {
  PimParameters device;
  device.launch_s = 1e-6;
  device.units = 10;
  device.unit_mac_per_s = 1e6;
  device.mac_j = 1e-12;
  device.unit_bytes_per_s = 1e5;
  device.j_per_byte = 1e-11;
  device.exchange_bytes_per_s = 1e6;
  device.exchange_j_per_byte = 1e-10;
  device.input_copies = 10;
  return device;
}

TEST(Pim, AddsUpByHand) {
  const OperatorCost cost = pim_cost(product(1), ten_units());
  // 24 columns on 10 units take three rounds: eight units are busy on average.
  EXPECT_NEAR(cost.seconds, 1e-6 + 2400 / (8 * 1e5) + (10 * 100 + 24) / 1e6, 1e-12);
  EXPECT_EQ(cost.limit, "bank");
  EXPECT_NEAR(cost.joules, 2400 * 1e-12 + 2400 * 1e-11 + 1024 * 1e-10, 1e-18);
  EXPECT_EQ(cost.weight_bytes, 2400);
}

TEST(Pim, VectorsThatShareAReadHideTheBankBehindTheArithmetic) {
  PimParameters device = ten_units();
  EXPECT_NEAR(pim_cost(product(16), device).parts[2].seconds, 16 * 2400 / (8 * 1e5) - 16 * 2400 / (8 * 1e6), 1e-12);
  device.vectors_per_read = 16;
  const OperatorCost shared = pim_cost(product(16), device);
  EXPECT_EQ(shared.limit, "exchange");
  EXPECT_EQ(shared.parts[2].seconds, 0);
}

/// The finding that decides splits: it beats a server's processor on a product of one vector, whose
/// weights are read once, and loses on a convolution, whose weights are used often.
TEST(Pim, WinsOnMatrixVectorProductsAlone) {
  const CostModel aim = make_cost_model(read_profile("pim_aim"), Precision::bf16);
  const CostModel server = make_cost_model(read_profile("cpu_xeon_8380"), Precision::fp32);
  const auto priced = [](const CostModel& model, std::int64_t m, double bytes) {
    Work work{.kind = OpKind::gemm, .gemm = {.m = m, .k = 4096, .n = 4096, .groups = 1}, .element_bytes = bytes};
    work.macs = static_cast<double>(m) * 4096 * 4096;
    work.weight_bytes = 4096 * 4096 * bytes;
    work.input_bytes = work.output_bytes = static_cast<double>(m) * 4096 * bytes;
    return model(work).seconds;
  };
  EXPECT_LT(priced(aim, 1, 2), priced(server, 1, 4));
  EXPECT_GT(priced(aim, 256, 2), priced(server, 256, 4));
}

}  // namespace
}  // namespace cleave
