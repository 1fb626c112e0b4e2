// Published macros: each profile holds one published point, and predicts the others of its sweep.
#include "costmodel/cim.hpp"
#include "costmodel/facts.hpp"
#include "devices/vary.hpp"

#include <cleave/error.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace cleave {
namespace {

/// A profile with some of its numbers changed, as a sweep changes them.
Profile varied(const std::string& name, const std::vector<Change>& changes) {
  Cluster cluster{.name = "bench", .title = "", .classes = {}};
  const Profile profile = read_profile(name);
  cluster.classes.push_back(
      {.name = "cim", .profile = profile, .idle_w = profile.numbers.at("idle_w"), .precision = Precision::int8});
  for (const Change& change : changes) apply_change(cluster, {"cim." + change.field, change.value});
  return *cluster.classes[ClassId(0)].profile;
}

/// One array at full load: what its circuits take, nothing of what surrounds them.
struct Load {
  double tops = 0, tops_per_w = 0;
  double adc_j = 0, column_j = 0, accumulate_j = 0;  ///< of one conversion
};

Load full_load(const Profile& profile) {
  const CimParameters chip = cim_parameters(profile);
  Work work{.kind = OpKind::gemm};
  work.gemm = {
      .m = 1000, .k = chip.rows_active, .n = chip.array_cols / ceil_div(chip.weight_bits, chip.cell_bits), .groups = 1};
  work.macs = static_cast<double>(work.gemm.m * work.gemm.k * work.gemm.n);
  const OperatorCost cost = cim_cost(work, chip);
  std::map<std::string, CostPart> parts;
  for (const CostPart& part : cost.parts) parts.emplace(part.name, part);
  const double seconds = parts.at("array").seconds + parts.at("adc").seconds + parts.at("accumulate").seconds;
  const double joules = parts.at("array").joules + parts.at("adc").joules;
  const double conversions =
      static_cast<double>(work.gemm.m * chip.array_cols * ceil_div(chip.input_bits, chip.dac_bits));
  return {.tops = 2e-12 * work.macs / seconds,
          .tops_per_w = 2e-12 * work.macs / joules,
          .adc_j = parts.at("adc").joules / conversions,
          .column_j = parts.at("array").joules / conversions,
          .accumulate_j = parts.at("accumulate").joules / conversions};
}

class Macro : public testing::Test {
 protected:
  void SetUp() override {
    for (const FactRow& row : facts("cim_macro_refs.csv"))
      published_[row.at("macro") + ", " + row.at("config") + ", " + row.at("metric")] = real(row, "value");
    if (published_.empty()) GTEST_SKIP() << "no reference table";
  }
  /// `within`: 0.1 unless the text says why not.
  void expect(double predicted, const std::string& point, double within = 0.1) {
    EXPECT_NEAR(predicted / published_.at(point), 1, within) << point;
  }

 private:
  std::map<std::string, double> published_;
};

TEST_F(Macro, ChargeDomainSramFromItsLowSupplyToTheHighOne) {
  const std::vector<Change> one_bit = {{"weight_bits", "1"}, {"input_bits", "1"}};
  const Load fitted = full_load(varied("cim_jia2020", one_bit));
  expect(fitted.tops, "jia_jssc_2020, 0.85 V, 1b x 1b, throughput_1b", 0.01);
  expect(fitted.tops_per_w, "jia_jssc_2020, 0.85 V, 1b x 1b, efficiency_1b", 0.01);
  std::vector<Change> high = one_bit;
  high.push_back({"supply_v", "1.2"});
  const Load predicted = full_load(varied("cim_jia2020", high));
  expect(predicted.tops_per_w, "jia_jssc_2020, 1.2 V, 1b x 1b, efficiency_1b");
  expect(1e12 * predicted.adc_j, "jia_jssc_2020, 1.2 V, 1b, adc_energy_per_use");
  expect(1e12 * predicted.column_j, "jia_jssc_2020, 1.2 V, 1b, cim_energy_per_column");
  // The datapath's energy grows by less than the square: 1.77 instead of 1.99.
  expect(1e12 * predicted.accumulate_j, "jia_jssc_2020, 1.2 V, 1b, nmc_datapath_energy_per_output", 0.13);
  // The clock was chosen, 2.5 times as fast; the law of delays says 1.5.
  expect(predicted.tops, "jia_jssc_2020, 1.2 V, 1b x 1b, throughput_1b", 0.41);
}

TEST_F(Macro, ChargeDomainSramFromOneInputBitToEight) {
  const auto at = [](const char* bits) {
    return full_load(varied("cim_jia2020", {{"weight_bits", "1"}, {"input_bits", bits}})).tops;
  };
  expect(at("2"), "jia_jssc_2020, 0.85 V, 2b inputs, throughput");
  expect(at("4"), "jia_jssc_2020, 0.85 V, 4b inputs, throughput");
  // 9.4 steps' time for 8 bits: something else than steps, of which the table says nothing.
  expect(at("8"), "jia_jssc_2020, 0.85 V, 8b inputs, throughput", 0.18);
}

TEST_F(Macro, LadderSramFromTheMiddleOfItsSweepToBothEnds) {
  const auto at = [](const char* volts) { return full_load(varied("cim_wang22_c2c", {{"supply_v", volts}})); };
  for (const char* volts : {"0.7", "0.8", "0.9", "1.0", "1.1"}) {
    const std::string point = std::string("wang_vlsi_2022, ") + volts + " V, 8b x 8b, ";
    expect(at(volts).tops, point + "throughput");
    // At the top the published energy of an operation grows by 6 % per 0.1 V, its square by 21 %.
    expect(at(volts).tops_per_w, point + "efficiency", std::string(volts) == "1.1" ? 0.21 : 0.1);
  }
}

TEST_F(Macro, PhaseChangeCoresFromOnePhaseToFour) {
  const auto chip = [](const char* dac_bits) {
    const Profile profile = varied("cim_hermes", {{"dac_bits", dac_bits}});
    const Load core = full_load(profile);
    const double tops = core.tops * profile.number("arrays");
    return std::pair(tops, tops / (tops / core.tops_per_w + profile.number("idle_w")));
  };
  expect(chip("8").first, "ibm_hermes_2023, 1-phase 8b in/out, throughput", 0.01);
  expect(chip("8").second, "ibm_hermes_2023, 1-phase 8b in/out, efficiency", 0.01);
  expect(chip("2").first, "ibm_hermes_2023, 4-phase 8b in/out, throughput");
  expect(chip("2").second, "ibm_hermes_2023, 4-phase 8b in/out, efficiency");
}

TEST(Supply, ScalesTheCircuitAndNothingElse) {
  const Profile before = varied("cim_wang22_c2c", {}), after = varied("cim_wang22_c2c", {{"supply_v", "1.1"}});
  const double square = 1.1 * 1.1 / (0.9 * 0.9);
  const double slower = before.number("conversion_s") / after.number("conversion_s");
  EXPECT_GT(slower, 1);
  EXPECT_DOUBLE_EQ(after.number("adc_j"), before.number("adc_j") * square);
  EXPECT_DOUBLE_EQ(after.number("buffer_j_per_byte"), before.number("buffer_j_per_byte") * square);
  EXPECT_DOUBLE_EQ(after.number("digital_flop_per_s"), before.number("digital_flop_per_s") * slower);
  EXPECT_EQ(after.number("supply_v"), 1.1);
  for (const char* other : {"reload_s_per_byte", "reload_j_per_byte", "launch_s", "arrays", "idle_w", "threshold_v"})
    EXPECT_EQ(after.number(other), before.number(other)) << other;
  for (const auto& [name, number] : after.numbers)
    EXPECT_TRUE(number.low <= number.value && number.value <= number.high) << name;
}

TEST(Supply, ThereIsNoneBelowTheThresholdNorWithoutAKnownPoint) {
  EXPECT_THROW(varied("cim_wang22_c2c", {{"supply_v", "0.3"}}), UsageError);
  EXPECT_THROW(varied("cim_hermes", {{"supply_v", "0.8"}}), UsageError);
}

}  // namespace
}  // namespace cleave
