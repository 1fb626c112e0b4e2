// The most that a device multiplies, and that its costs do not exceed it.
#include "costmodel/peak_rate.hpp"

#include "costmodel/operator_cost.hpp"
#include "devices/read_profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cleave {
namespace {

TEST(PeakRate, IsThatOfAllThatMultiplies) {
  EXPECT_DOUBLE_EQ(peak_macs_per_s(read_profile("gpu_t4"), Precision::fp32), 8.1e12 / 2);
  const Profile npu = read_profile("npu_tpu_v1");
  EXPECT_DOUBLE_EQ(peak_macs_per_s(npu, npu.precisions.front()), 256 * 256 * npu.number("clock_hz"));
  const Profile pim = read_profile("pim_upmem");
  EXPECT_DOUBLE_EQ(peak_macs_per_s(pim, Precision::int8), pim.number("units") * pim.number("unit_int8_mac_per_s"));
}

/// A product as large as the chip: every array is read for every vector.
TEST(PeakRate, OfCrossbarsIsWhatAProductAsLargeAsTheChipReaches) {
  for (const char* name : {"cim_isaac_ce", "cim_hermes", "cim_tsmc22_dcim64"}) {
    Profile chip = read_profile(name);
    for (const char* field : {"buffer_bytes_per_s", "interconnect_bytes_per_s", "digital_flop_per_s"})
      if (chip.numbers.contains(field)) chip.numbers.at(field).value = 1e30;
    chip.numbers.at("launch_s").value = 0;
    chip.numbers.erase("vectors_per_copy");
    chip.numbers.erase("tile_side");
    chip.numbers.erase("unrolled_side");
    const auto whole = [&](const char* field) { return static_cast<std::int64_t>(chip.number(field)); };
    const std::int64_t slices = ceil_div(whole("weight_bits"), whole("cell_bits"));
    const Gemm gemm{
        .m = 1000, .k = whole("array_rows") * whole("arrays"), .n = whole("array_cols") / slices, .groups = 1};
    const double macs = static_cast<double>(gemm.m) * static_cast<double>(gemm.k) * static_cast<double>(gemm.n);
    const Precision precision = chip.precisions.front();
    const OperatorCost cost = make_cost_model(chip, precision)({.kind = OpKind::gemm, .gemm = gemm, .macs = macs});
    EXPECT_NEAR(macs / cost.seconds / peak_macs_per_s(chip, precision), 1, 1e-9) << name;
  }
}

/// Three rows, two of them read at once: a block of two rows is done in one read, a whole array in two.
TEST(PeakRate, OfCrossbarsIsThatOfTheBestBlock) {
  const Profile chip = parse_profile(JsonView::parse(
      R"({"schema": "cleave.profile/1", "name": "u", "kind": "cim", "precisions": ["int8"], "idle_w": 0,
          "cell": "sram", "array_rows": 3, "array_cols": 1, "arrays": 1, "cell_bits": 1, "weight_bits": 1,
          "input_bits": 1, "dac_bits": 1, "rows_active": 2, "columns_per_adc": 1, "adc_bits": 1,
          "conversion_s": 1e-9, "adc_j": 1e-12, "driver_j": 0, "buffer_bytes_per_s": 1e20, "buffer_j_per_byte": 0,
          "interconnect_bytes_per_s": 1e20, "interconnect_j_per_byte": 0, "digital_flop_per_s": 1e20,
          "digital_j_per_flop": 0})",
      "u"));
  const double peak = peak_macs_per_s(chip, Precision::int8);
  const CostModel model = make_cost_model(chip, Precision::int8);
  double best = 0;
  for (const std::int64_t k : {1, 2, 3}) {
    const auto macs = static_cast<double>(k);
    const Gemm gemm{.m = 1, .k = k, .n = 1, .groups = 1};
    const OperatorCost cost = model({.kind = OpKind::gemm, .gemm = gemm, .macs = macs});
    EXPECT_LE(macs / cost.seconds, peak * (1 + 1e-9)) << k;
    best = std::max(best, macs / cost.seconds);
  }
  EXPECT_NEAR(best / peak, 1, 1e-6);
}

}  // namespace
}  // namespace cleave
