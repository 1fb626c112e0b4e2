// Published macros: each profile holds one published point, and predicts the others of its sweep.
#include "base/files.hpp"
#include "costmodel/cim.hpp"
#include "costmodel/facts.hpp"
#include "devices/vary.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

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
  double tops = 0;
  double operations = 0;                                       ///< of one input vector; joules are of one, too
  double adc_j = 0, driver_j = 0, array_j = 0, control_j = 0;  ///< array: without its drivers
  double conversions = 0;

  [[nodiscard]] double joules() const { return adc_j + driver_j + array_j; }
};

Load full_load(const Profile& profile) {
  const CimParameters chip = cim_parameters(profile);
  constexpr std::int64_t vectors = 1000;
  Work work{.kind = OpKind::gemm};
  work.gemm = {.m = vectors,
               .k = chip.rows_active,
               .n = chip.array_cols / ceil_div(chip.weight_bits, chip.cell_bits),
               .groups = 1};
  work.macs = static_cast<double>(work.gemm.m * work.gemm.k * work.gemm.n);
  CimParameters without_drivers = chip;
  without_drivers.driver_j = 0;
  const auto part_of = [&](const CimParameters& device, std::string_view name) {
    const OperatorCost cost = cim_cost(work, device);
    return *std::ranges::find(cost.parts, name, [](const CostPart& part) { return std::string_view(part.name); });
  };
  const double seconds =
      part_of(chip, "array").seconds + part_of(chip, "adc").seconds + part_of(chip, "accumulate").seconds;
  const double array_j = part_of(without_drivers, "array").joules / vectors;
  return {.tops = 2e-12 * work.macs / seconds,
          .operations = 2 * work.macs / vectors,
          .adc_j = part_of(chip, "adc").joules / vectors,
          .driver_j = part_of(chip, "array").joules / vectors - array_j,
          .array_j = array_j,
          .control_j = part_of(chip, "accumulate").joules / vectors,
          .conversions = static_cast<double>(chip.array_cols * ceil_div(chip.input_bits, chip.dac_bits))};
}

Load full_load(const std::string& name, const std::vector<Change>& changes) { return full_load(varied(name, changes)); }

/// What a profile says of a published point.
struct Prediction {
  std::string macro, metric, config;
  double value = 0;
  bool from_it = false;  ///< the profile was made from this point
};

using Predictions = std::vector<Prediction>;

/// Densities are rates over one area: that of the point which the profile was made from.
void predict_jia(Predictions& all) {
  constexpr double mm2 = 0.874 / 0.24;
  const std::string macro = "jia_jssc_2020";
  for (const std::string volts : {"0.85", "1.2"}) {
    const Load load = full_load("cim_jia2020", {{"weight_bits", "1"}, {"input_bits", "1"}, {"supply_v", volts}});
    const std::string point = volts + " V, 1b";
    const bool from_it = volts == "0.85";
    all.push_back({macro, "throughput_1b", point + " x 1b", load.tops, from_it});
    all.push_back({macro, "density_1b", point + " x 1b", load.tops / mm2, from_it});
    all.push_back({macro, "adc_energy_per_use", point, 1e12 * load.adc_j / load.conversions, from_it});
    all.push_back({macro, "cim_energy_per_column", point, 1e12 * load.array_j / load.conversions, from_it});
    all.push_back({macro, "nmc_datapath_energy_per_output", point, 1e12 * load.control_j / load.conversions, from_it});
    // The sum of what a column and its converter take; the published one leaves the datapath out, too.
    all.push_back({macro, "efficiency_1b", point + " x 1b", 1e-12 * load.operations / load.joules()});
  }
  for (const std::string bits : {"1", "2", "4", "8"})
    all.push_back({macro, "throughput", "0.85 V, " + bits + "b inputs",
                   full_load("cim_jia2020", {{"weight_bits", "1"}, {"input_bits", bits}}).tops, bits == "1"});
}

void predict_wang(Predictions& all) {
  constexpr double mm2 = 0.3968 / 3.2;
  const std::string macro = "wang_vlsi_2022";
  for (const std::string volts : {"0.7", "0.8", "0.9", "1.0", "1.1"}) {
    const Load load = full_load("cim_wang22_c2c", {{"supply_v", volts}});
    const std::string point = volts + " V, 8b x 8b";
    const bool from_it = volts == "0.9";
    const double joules = load.joules() + load.control_j;
    all.push_back({macro, "throughput", point, load.tops, from_it});
    all.push_back({macro, "density", point, load.tops / mm2, from_it});
    all.push_back({macro, "efficiency", point, 1e-12 * load.operations / joules, from_it});
    if (volts != "1.0") continue;
    all.push_back({macro, "adc_share", "1.0 V", load.adc_j / joules, true});
    all.push_back({macro, "dac_share", "1.0 V", load.driver_j / joules, true});
    all.push_back({macro, "mac_share", "1.0 V", load.array_j / joules, true});
    all.push_back({macro, "misc_share", "1.0 V", load.control_j / joules, true});
  }
}

/// Chips of many cores, idle power included.
void predict_chips(Predictions& all) {
  const auto whole_chip = [](const Profile& profile) {
    const Load core = full_load(profile);
    const double tops = core.tops * profile.number("arrays");
    return std::pair(tops, tops * core.joules() / core.operations * 1e12 + profile.number("idle_w"));
  };
  for (const std::string phases : {"1", "4"}) {
    const auto [tops, watts] = whole_chip(varied("cim_hermes", {{"dac_bits", phases == "1" ? "8" : "2"}}));
    const std::string point = phases + "-phase 8b in/out";
    all.push_back({"ibm_hermes_2023", "throughput", point, tops, phases == "1"});
    all.push_back({"ibm_hermes_2023", "efficiency", point, tops / watts, phases == "1"});
  }
  const auto [tops, watts] = whole_chip(read_profile("cim_mythic_m1076"));
  all.push_back({"mythic_m1076", "throughput", "int8", tops, true});
  // Published as a range, 3 to 4 W, whose middle the table compares with.
  all.push_back({"mythic_m1076", "power", "int8", watts});
}

/// A supply above that of the two published points is assumed, so that the efficiency is none of the profile's.
void predict_digital(Predictions& all) {
  const Load load = full_load("cim_tsmc22_dcim64", {{"weight_bits", "4"}, {"input_bits", "4"}});
  constexpr double mm2 = 3.3 / 16.3;
  all.push_back({"tsmc_22nm_dcim_2021", "efficiency", "4b x 4b", 1e-12 * load.operations / load.joules()});
  all.push_back({"tsmc_22nm_dcim_2021", "density", "4b x 4b", load.tops / mm2, true});
}

/// A simulated design: the table has parts, and the profile is made of them; buffer_j_per_byte is the sum of two.
void predict_isaac(Predictions& all) {
  const Profile isaac = read_profile("cim_isaac_ce");
  constexpr double bits = 256, edram_pj = 20.45, bus_pj = 0.054;
  const double buffer_pj = 1e12 * bits / 8 * isaac.number("buffer_j_per_byte");
  const auto add = [&](const char* metric, double picojoules) {
    all.push_back({"isaac_2016", metric, "32 nm", picojoules, true});
  };
  add("adc_energy_per_conversion", 1e12 * isaac.number("adc_j"));
  add("edram_access_256b", buffer_pj - bits * bus_pj);
  add("edram_bus_per_bit", (buffer_pj - edram_pj) / bits);
  add("router_256b", 1e12 * bits / 8 * isaac.number("interconnect_j_per_byte"));
  add("shift_add_16b", 1e12 * isaac.number("accumulate_j"));
}

Predictions predictions() {
  Predictions all;
  for (const auto predict : {predict_jia, predict_wang, predict_chips, predict_isaac, predict_digital}) predict(all);
  return all;
}

/// Where one point does not tell the other; docs/cost-model.md says why.
const std::map<std::string, double> kFurtherOff = {
    {"jia_jssc_2020, throughput_1b, 1.2 V, 1b x 1b", 0.41},
    {"jia_jssc_2020, density_1b, 1.2 V, 1b x 1b", 0.41},
    {"jia_jssc_2020, nmc_datapath_energy_per_output, 1.2 V, 1b", 0.13},
    {"jia_jssc_2020, throughput, 0.85 V, 8b inputs", 0.18},
    {"wang_vlsi_2022, efficiency, 1.1 V, 8b x 8b", 0.21},
    {"mythic_m1076, power, int8", 0.11},
    {"tsmc_22nm_dcim_2021, efficiency, 4b x 4b", 0.29},
};

class Macro : public testing::Test {
 protected:
  void SetUp() override {
    for (const FactRow& row : facts("cim_macro_refs.csv"))
      published_[key(row.at("macro"), row.at("metric"), row.at("config"))] = middle(row.at("value"));
    if (published_.empty()) GTEST_SKIP() << "no reference table";
  }

  static std::string key(const std::string& macro, const std::string& metric, const std::string& config) {
    return macro + ", " + metric + ", " + config;
  }
  static std::string key(const Prediction& one) { return key(one.macro, one.metric, one.config); }

  [[nodiscard]] double error(const Prediction& one) const { return one.value / published_.at(key(one)) - 1; }

  std::map<std::string, double> published_;

 private:
  /// Of a range, 3-4.
  static double middle(const std::string& value) {
    const std::size_t dash = value.find('-');
    const double low = std::stod(value);
    return dash == std::string::npos ? low : (low + std::stod(value.substr(dash + 1))) / 2;
  }
};

TEST_F(Macro, PointsAreWithinATenthUnlessTheDocumentSaysWhyNot) {
  std::set<std::string> told;
  for (const Prediction& one : predictions()) {
    ASSERT_TRUE(published_.contains(key(one))) << key(one);
    told.insert(key(one));
    const auto further = kFurtherOff.find(key(one));
    EXPECT_LE(std::abs(error(one)), one.from_it                    ? 0.02
                                    : further == kFurtherOff.end() ? 0.1
                                                                   : further->second)
        << key(one) << ": " << one.value;
  }
  for (const auto& [point, value] : published_) EXPECT_TRUE(told.contains(point)) << point << " is not compared";
}

/// To a tenth, without a sign of zero.
double rounded(double value) { return std::round(10 * value) / 10 + 0.0; }

/// A row for each quantity: the points that the profile is made from, and errors at the others.
TEST_F(Macro, TheTableOfTheDocumentIsFresh) {
  std::vector<std::pair<std::string, std::array<std::string, 2>>> rows;
  for (const Prediction& one : predictions()) {
    const std::string name = "`" + one.macro + "` | " + one.metric;
    auto row = std::ranges::find(rows, name, [](const auto& known) { return known.first; });
    if (row == rows.end()) row = rows.insert(row, {name, {}});
    std::string& cell = row->second.at(one.from_it ? 0 : 1);
    cell += (cell.empty() ? "" : "; ") + one.config;
    if (!one.from_it) cell += fmt::format(": {:+.1f} %", rounded(100 * error(one)));
  }
  std::string table = "| macro | quantity | made from | error at the others |\n|---|---|---|---|\n";
  for (const auto& [name, cells] : rows) table += "| " + name + " | " + cells[0] + " | " + cells[1] + " |\n";
  EXPECT_NE(read_file(CLEAVE_SOURCE_DIR "/docs/cost-model.md").find(table), std::string::npos)
      << "docs/cost-model.md lacks this table:\n"
      << table;
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
  EXPECT_THROW(varied("cim_tsmc22_dcim64", {{"adc_bits", "12"}}), UsageError) << "it has no converters";
}

}  // namespace
}  // namespace cleave
