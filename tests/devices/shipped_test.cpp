#include "devices/shipped.hpp"
#include "base/files.hpp"
#include "base/json_view.hpp"
#include "costmodel/facts.hpp"
#include "devices/fields.hpp"
#include "devices/names.hpp"

#include <cleave/cluster.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

namespace cleave {
namespace {

/// Every number under `view` must say how sure it is and where it is from.
void expect_sources(const JsonView& view, const std::string& key, std::size_t& numbers) {
  if (view.is_number()) {
    EXPECT_EQ(key, "count") << view.file() << view.pointer() << " is a plain number";
  }
  if (view.is_array())
    for (const JsonView& item : view.elements()) expect_sources(item, key, numbers);
  if (!view.is_object()) return;
  if (!view.find("value")) {
    for (const auto& [name, member] : view.members()) expect_sources(member, name, numbers);
    return;
  }
  ++numbers;
  for (const char* needed : {"low", "high", "source", "year"})
    EXPECT_TRUE(view.find(needed)) << view.file() << view.pointer() << " has no " << needed;
  EXPECT_GE(view.at("source").string().size(), 5u) << view.file() << view.pointer();
}

TEST(Shipped, EveryNumberHasIntervalSourceAndYear) {
  std::size_t numbers = 0;
  for (const auto files : {shipped_profile_files(), shipped_cluster_files()})
    for (const EmbeddedFile& file : files)
      expect_sources(JsonView::parse(file.text, std::string(file.name)), "", numbers);
  EXPECT_GT(numbers, 200u);
}

/// The watts that a derivation starts from: "(700 W, ...)"; of a board, those of one of its cores.
double busy_w(const std::string& source) {
  const std::size_t unit = std::min(source.find(" W,"), source.find(" W "));
  if (unit == std::string::npos) return std::nan("");
  const std::size_t before = source.find_last_not_of("0123456789.", unit - 1);
  const double share = source.find("a third of it") != std::string::npos ? 3
                       : source.find("half of it") != std::string::npos  ? 2
                                                                         : 1;
  return std::stod(source.substr(before + 1)) / share;
}

/// What is left of the busy power where all else is taken off: that of `operations_per_s` operations.
double derived_j(const Profile& profile, const std::string& source, double memory_w, double operations_per_s) {
  return (busy_w(source) - profile.number("idle_w") - memory_w) / operations_per_s;
}

TEST(Shipped, JoulesOfABusyDeviceFollowFromTheNumbersThatTheirSourceNames) {
  std::size_t derived = 0;
  for (const std::string& name : shipped_profiles()) {
    const Profile profile = read_profile(name);
    for (const Precision precision : profile.precisions) {
      const auto found = profile.numbers.find(with_precision("j_per_flop_*", precision));
      if (found == profile.numbers.end()) continue;
      const Quantity& number = found->second;
      if (number.source.find("(maximal - idle - memory power) / peak rate") == std::string::npos) continue;
      ++derived;
      const double memory_w = profile.number("memory_bytes_per_s") * profile.number("memory_j_per_byte");
      const double peak = profile.number(with_precision("peak_*_flop_per_s", precision));
      EXPECT_NEAR(number.value / derived_j(profile, number.source, memory_w, peak), 1, 0.005)
          << name << ' ' << found->first;
    }
  }
  EXPECT_GT(derived, 35u);
}

TEST(Shipped, JoulesOfUnitsBesideBanksFollowFromTheNumbersThatTheirSourceNames) {
  const Profile upmem = read_profile("pim_upmem");
  const double units = upmem.number("units");
  const double memory_w = units * upmem.number("unit_bytes_per_s") * upmem.number("bank_j_per_byte");
  for (const auto& [joules, rate] :
       {std::pair{"mac_j_int8", "unit_int8_mac_per_s"}, std::pair{"mac_j_fp32", "unit_fp32_mac_per_s"},
        std::pair{"flop_j", "unit_flop_per_s"}}) {
    const Quantity& number = upmem.numbers.at(joules);
    EXPECT_NEAR(number.value / derived_j(upmem, number.source, memory_w, units * upmem.number(rate)), 1, 0.005)
        << joules;
  }
}

/// One fact, the launches of an A100 that were fitted, is read alike for those that came after it.
TEST(Shipped, LaunchesByAnalogyToOneFactAreAlike) {
  const Quantity fitted = read_profile("gpu_a100_80").numbers.at("launch_s");
  for (const char* name : {"gpu_h100_sxm", "gpu_h200"}) {
    const Quantity launch = read_profile(name).numbers.at("launch_s");
    EXPECT_NE(launch.source.find("by analogy: gpu_a100_80"), std::string::npos) << name;
    EXPECT_EQ(launch.value, fitted.value) << name;
  }
}

/// A weight is a pair of cells, one above the other: 1.57 million of 3.1 million cells (device_facts.csv).
TEST(Shipped, NeuRramHoldsAWeightInTwoCells) {
  const Profile chip = read_profile("cim_neurram");
  ASSERT_EQ(chip.number("weight_bits"), chip.number("cell_bits"));
  EXPECT_NEAR(chip.number("arrays") * chip.number("array_rows") * chip.number("array_cols"), 1.57e6, 0.01e6);
}

bool is_recalled(const Quantity& number) { return number.source.find("recalled, not") != std::string::npos; }

/// Whole numbers that say how something is built: wrong or right, but not about right.
bool is_count(const Profile& profile, const std::string& name) {
  for (const Field& field : fields_of(profile.kind))
    if (field.name == name) return field.range == Range::count;
  return false;
}

TEST(Shipped, WhatWasRecalledIsNotExact) {
  std::size_t recalled = 0;
  for (const std::string& name : shipped_profiles()) {
    const Profile profile = read_profile(name);
    for (const auto& [field, number] : profile.numbers) {
      if (!is_recalled(number)) continue;
      ++recalled;
      if (!is_count(profile, field)) {
        EXPECT_LT(number.low, number.high) << name << ' ' << field;
      }
    }
  }
  EXPECT_GT(recalled, 50u);
}

/// Devices of which the reference table says that all was recalled: what is neither assumed nor fitted says so.
TEST(Shipped, RecalledDevicesSaySo) {
  std::size_t devices = 0;
  for (const FactRow& row : facts("device_facts.csv")) {
    const auto names = shipped_profiles();
    if (row.at("checked") != "R" || std::find(names.begin(), names.end(), row.at("id")) == names.end()) continue;
    ++devices;
    const Profile profile = read_profile(row.at("id"));
    std::size_t recalled = 0;
    for (const auto& [field, number] : profile.numbers) {
      recalled += is_recalled(number);
      if (number.source.find("datasheet") != std::string::npos && !number.source.starts_with("assumed")) {
        EXPECT_TRUE(is_recalled(number)) << profile.name << ' ' << field << ": " << number.source;
      }
    }
    EXPECT_GT(recalled, 0u) << profile.name;
  }
  if (devices == 0) GTEST_SKIP() << "no reference table";
}

TEST(Shipped, TheyCoverTheSettingsThatUsersAskFor) {
  const auto kinds_of = [](const char* name) {
    std::multiset<DeviceKind> kinds;
    for (const DeviceClass& device : read_cluster(name).classes) kinds.insert(device.profile->kind);
    return kinds;
  };
  using enum DeviceKind;
  EXPECT_EQ(kinds_of("phone"), (std::multiset<DeviceKind>{cpu, gpu, npu}));
  EXPECT_EQ(kinds_of("edge_box"), (std::multiset<DeviceKind>{cpu, gpu, fpga, vpu}));
  EXPECT_EQ(kinds_of("dac24"), (std::multiset<DeviceKind>{cpu, gpu, cim}));
  EXPECT_EQ(kinds_of("server_cxl_pim").count(pim), 1u);
}

TEST(Shipped, EveryProfileReadsUnderItsOwnName) {
  std::set<DeviceKind> kinds;
  for (const std::string& name : shipped_profiles()) {
    const Profile profile = read_profile(name);
    EXPECT_EQ(profile.name, name);
    EXPECT_FALSE(profile.title.empty()) << name;
    kinds.insert(profile.kind);
  }
  EXPECT_EQ(kinds.size(), kDeviceKinds.size());
  EXPECT_GE(shipped_profiles().size(), 40u);
}

TEST(Shipped, EveryClusterReadsUnderItsOwnName) {
  EXPECT_THAT(shipped_clusters(), testing::IsSupersetOf({"cim8", "cpu_gpu", "edge4"}));
  EXPECT_GE(shipped_clusters().size(), 15u);
  for (const std::string& name : shipped_clusters()) EXPECT_EQ(read_cluster(name).name, name);
}

TEST(Shipped, EdgeClusterHasFourKindsAndAHost) {
  std::set<DeviceKind> kinds;
  int without_port = 0;
  for (const DeviceClass& device : read_cluster("edge4").classes) {
    kinds.insert(device.profile->kind);
    without_port += !device.port;
  }
  EXPECT_EQ(kinds.size(), 4u);
  EXPECT_EQ(without_port, 1);
}

/// What is embedded is what lies in data/, sorted.
TEST(Shipped, EqualsTheDataFolder) {
  for (const auto& [files, folder] :
       {std::pair{shipped_profile_files(), "profiles"}, std::pair{shipped_cluster_files(), "clusters"}}) {
    std::set<std::string> on_disk;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(CLEAVE_SOURCE_DIR) / "data" / folder))
      on_disk.insert(entry.path().stem().string());
    const auto names = names_of(files);
    EXPECT_EQ(std::vector(on_disk.begin(), on_disk.end()), names);
    for (const EmbeddedFile& file : files)
      EXPECT_EQ(file.text, read_file(std::filesystem::path(CLEAVE_SOURCE_DIR) / "data" / folder /
                                     (std::string(file.name) + ".json")));
  }
}

TEST(Shipped, PathsAreToldFromNames) {
  EXPECT_TRUE(is_path("a/b"));
  EXPECT_TRUE(is_path("b.json"));
  EXPECT_FALSE(is_path("edge4"));
}

}  // namespace
}  // namespace cleave
