// How often the intervals of a calibration hold what they are about, by simulation.
#include "costmodel/calibration/fit_roofline.hpp"
#include "costmodel/calibration/student.hpp"
#include "devices/read_profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>

namespace cleave {
namespace {

TEST(Student, IsThatOfTheTables) {
  EXPECT_NEAR(student_95(2), 4.303, 0.043);
  EXPECT_NEAR(student_95(3), 3.182, 0.01);
  EXPECT_NEAR(student_95(10), 2.228, 1e-3);
  EXPECT_NEAR(student_95(60), 2.000, 1e-3);
  EXPECT_NEAR(student_95(1e9), kNormal95, 1e-6);
}

/// Peaks alone: everything else is fitted.
Profile bare(const std::string& flop_per_s, const std::string& bytes_per_s, const std::string& launch = "1e-5") {
  return parse_profile(JsonView::parse(
      R"({"schema": "cleave.profile/1", "name": "bare", "kind": "cpu", "precisions": ["fp32"], "idle_w": 1,
          "j_per_flop_fp32": 1e-11, "memory_j_per_byte": 1e-10, "launch_s": )" +
          launch + R"(, "peak_fp32_flop_per_s": )" + flop_per_s + R"(, "memory_bytes_per_s": )" + bytes_per_s + "}",
      "bare"));
}

class Devices {
 public:
  explicit Devices(std::uint64_t seed) : random_(seed) {}

  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(random_() >> 11) * 0x1p-53;
  }
  /// Sums of twelve uniform numbers: the same on every machine, unlike std::normal_distribution.
  double normal(double deviation) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform(0, 1);
    return deviation * sum;
  }
  RooflineParameters device(const Profile& profile, bool saturates) {
    RooflineParameters truth = roofline_parameters(profile, Precision::fp32, RooflineClass::gemm);
    truth.launch_s *= std::exp(normal(0.3));
    truth.gemm_efficiency = uniform(0.3, 0.9);
    truth.bytes_per_s = truth.weight_bytes_per_s = profile.number("memory_bytes_per_s") * uniform(0.3, 0.9);
    truth.m0 = saturates ? uniform(2, 30) : 0;
    truth.n0 = saturates ? uniform(2, 30) : 0;
    truth.k0 = saturates ? uniform(2, 30) : 0;
    return truth;
  }
  /// Of products with sides of 1 to 2048.
  std::vector<Measurement> measurements(const RooflineParameters& truth, int count, double noise) {
    std::string table = "kind,precision,time_s,M,K,N\n";
    for (int i = 0; i < count; ++i) {
      table += "gemm,fp32,1";
      for (int side = 0; side < 3; ++side) table += "," + std::to_string(std::llround(std::exp2(uniform(0, 11))));
      table += "\n";
    }
    std::vector<Measurement> all = parse_measurements(table, "made");
    for (Measurement& one : all) one.seconds = modelled_seconds(one, truth) * std::exp(normal(noise));
    return all;
  }

 private:
  std::mt19937_64 random_;
};

struct Coverage {
  int held = 0, of = 0;
  double log_width = 0;  ///< of all intervals, ends by one another

  void count(const FittedField& field, double truth) {
    held += field.low <= truth && truth <= field.high ? 1 : 0;
    ++of;
    log_width += std::log(field.high / field.low);
  }
  [[nodiscard]] double share() const { return static_cast<double>(held) / of; }
  [[nodiscard]] double mean_log_width() const { return log_width / of; }
};

/// By field, over so many devices.
std::map<std::string, Coverage> coverage(int measurements, double noise, int devices) {
  const Profile profile = bare("1e11", "1e10");
  Devices made(static_cast<std::uint64_t>(measurements));
  std::map<std::string, Coverage> found;
  for (int i = 0; i < devices; ++i) {
    const RooflineParameters truth = made.device(profile, measurements > 30);
    const RooflineFit fit =
        fit_roofline(profile, Precision::fp32, RooflineClass::gemm, made.measurements(truth, measurements, noise));
    const std::map<std::string, double> values = {
        {"gemm_launch_fp32_s", truth.launch_s},
        {"gemm_efficiency_fp32", truth.gemm_efficiency},
        {"gemm_memory_efficiency_fp32", truth.bytes_per_s / profile.number("memory_bytes_per_s")},
        {"gemm_m0_fp32", truth.m0},
        {"gemm_n0_fp32", truth.n0},
        {"gemm_k0_fp32", truth.k0}};
    for (const FittedField& field : fit.fields)
      if (values.contains(field.name)) found[field.name].count(field, values.at(field.name));
  }
  return found;
}

void expect_covered(const std::map<std::string, Coverage>& found, int measurements) {
  for (const auto& [field, one] : found)
    EXPECT_GE(one.share(), 0.9) << field << " from " << measurements << " measurements";
}

TEST(Intervals, HoldTheTruthHoweverFewMeasurementsThereAre) {
  for (const int few : {3, 4}) expect_covered(coverage(few, 0.1, 400), few);
  for (const int more : {8, 15, 60}) expect_covered(coverage(more, 0.05, 400), more);
}

TEST(Intervals, AreNarrowWhereMeasurementsAreMany) {
  // 60 measurements with 5 % of noise, six fields.
  const auto found = coverage(60, 0.05, 100);
  EXPECT_LT(found.at("gemm_launch_fp32_s").mean_log_width(), 0.1);
  EXPECT_LT(found.at("gemm_efficiency_fp32").mean_log_width(), 0.15);
}

TEST(Intervals, AreNoWiderThanTheDatasheetWhereNothingIsMeasured) {
  const Profile profile = bare("1e11", "1e10", R"({"value": 1e-5, "low": 1e-7, "high": 1e-3})");
  Devices made(3);
  const RooflineParameters truth = made.device(profile, false);
  std::vector<Measurement> all = made.measurements(truth, 3, 0);
  for (Measurement& one : all) {  // so large that launching takes a millionth
    one.work.gemm = {.m = 10000, .k = 10000, .n = 10000};
    one.work.macs = 1e12;
    one.seconds = modelled_seconds(one, truth);
  }
  const RooflineFit fit = fit_roofline(profile, Precision::fp32, RooflineClass::gemm, all);
  const auto launch = std::ranges::find(fit.fields, "gemm_launch_fp32_s", &FittedField::name);
  EXPECT_NEAR(std::log(launch->low / 1e-7), 0, 0.01);
  EXPECT_NEAR(std::log(launch->high / 1e-3), 0, 0.01);
}

TEST(Intervals, HoldTheLaunchTimeOfProductsThatTakeNothingElse) {
  const Profile profile = bare("1e15", "1e15");
  Devices made(7);
  for (const int count : {1, 2, 3, 4, 5, 6, 8, 12, 30}) {
    Coverage launch;
    for (int i = 0; i < 400; ++i) {
      std::vector<Measurement> all = made.measurements({}, count, 0);
      for (Measurement& one : all) {
        one.work.gemm = {.m = 4, .k = 6, .n = 5};
        one.work.macs = 120;
        one.work.input_bytes = one.work.output_bytes = one.work.weight_bytes = 100;
        one.seconds = 1e-5 * std::exp(made.normal(0.1));
      }
      const RooflineFit fit = fit_roofline(profile, Precision::fp32, RooflineClass::gemm, all);
      const auto field = std::ranges::find(fit.fields, "gemm_launch_fp32_s", &FittedField::name);
      launch.count(*field, 1e-5);
    }
    EXPECT_GE(launch.share(), 0.92) << count << " measurements";
  }
}

}  // namespace
}  // namespace cleave
