#include "runtime/energy/energy_meter.hpp"
#include "runtime/energy/energy_window.hpp"
#include "runtime/energy/hwmon.hpp"
#include "runtime/energy/nvml.hpp"
#include "runtime/energy/powercap.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

namespace cleave {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

/// A tree of sensor files that goes with the test.
class Tree : public testing::Test {
 protected:
  Tree() : root(fs::path(testing::TempDir()) / ("energy_" + std::string(name()))) { fs::remove_all(root); }
  ~Tree() override { fs::remove_all(root); }
  void put(const std::string& file, const std::string& text) {
    fs::create_directories((root / file).parent_path());
    std::ofstream(root / file) << text << '\n';
  }
  void zone(const std::string& folder, const std::string& name, const std::string& microjoules) {
    put(folder + "/name", name);
    put(folder + "/energy_uj", microjoules);
    put(folder + "/max_energy_range_uj", "65000000");
  }
  static const char* name() { return testing::UnitTest::GetInstance()->current_test_info()->name(); }
  const fs::path root;
};
using Powercap = Tree;
using Hwmon = Tree;
using Meter = Tree;

std::vector<std::string> names(const EnergySources& found, bool totalled) {
  std::vector<std::string> all;
  for (const EnergySource& source : found.readable)
    if (source.totalled == totalled) all.push_back(source.name);
  return all;
}

TEST_F(Powercap, TotalsPackagesAndTheirMemoryButNotWhatLiesWithin) {
  put("intel-rapl/enabled", "1");
  zone("intel-rapl:0", "package-0", "1000000");
  zone("intel-rapl:0:0", "core", "400000");
  zone("intel-rapl:0:1", "dram", "250000");
  zone("intel-rapl:1", "psys", "3000000");
  zone("intel-rapl-mmio:0", "package-0", "1000000");
  const EnergySources found = powercap_sources(root);
  EXPECT_THAT(names(found, true), ElementsAre("powercap:package-0", "powercap:package-0/dram"));
  EXPECT_THAT(names(found, false), ElementsAre("powercap:package-0/core", "powercap:psys", "powercap:package-0"));
  EXPECT_EQ(found.readable[0].read(), 1.0);
  EXPECT_EQ(found.readable[0].wraps_at_j, 65.0);
  EXPECT_EQ(found.readable[2].scope, EnergyScope::memory);
}

TEST_F(Powercap, SaysWhichCountersCannotBeRead) {
  put("intel-rapl:0/name", "package-0");
  fs::create_directories(root / "intel-rapl:0" / "energy_uj");
  put("intel-rapl:1/name", "package-1");
  put("intel-rapl:1/energy_uj", "many");
  const EnergySources found = powercap_sources(root);
  EXPECT_TRUE(found.readable.empty());
  EXPECT_THAT(found.unreadable, ElementsAre(HasSubstr("intel-rapl:0/energy_uj"), HasSubstr("intel-rapl:1/energy_uj")));
}

TEST_F(Powercap, FindsNothingWhereThereIsNothing) {
  const EnergySources found = powercap_sources(root);
  EXPECT_TRUE(found.readable.empty());
  EXPECT_TRUE(found.unreadable.empty());
}

TEST_F(Hwmon, TotalsOneSensorOfACard) {
  put("hwmon0/name", "xe");
  put("hwmon0/energy1_input", "5000000");
  put("hwmon0/energy1_label", "card");
  put("hwmon0/energy2_input", "4000000");
  put("hwmon0/energy2_label", "pkg");
  put("hwmon1/name", "amdgpu");
  put("hwmon1/power1_average", "30000000");
  put("hwmon1/power1_input", "31000000");
  put("hwmon1/device/mem_busy_percent", "0");
  put("hwmon2/name", "amdgpu");
  put("hwmon2/power1_input", "15000000");
  put("hwmon3/name", "ina3221");
  put("hwmon3/power1_input", "7000000");
  put("hwmon4/name", "nvme");
  put("hwmon4/temp1_input", "40000");
  const EnergySources found = hwmon_sources(root, true);
  EXPECT_THAT(names(found, true), ElementsAre("hwmon:xe hwmon0:card", "hwmon:amdgpu hwmon1:power1"));
  EXPECT_THAT(names(found, false),
              ElementsAre("hwmon:xe hwmon0:pkg", "hwmon:amdgpu hwmon2:power1", "hwmon:ina3221 hwmon3:power1"));
  EXPECT_EQ(found.readable[2].read(), 30.0);
  EXPECT_EQ(found.readable[2].reading, EnergyReading::watts);
}

TEST_F(Hwmon, CountsSocketsOnlyWhereNoPackageIsKnown) {
  put("hwmon0/name", "amd_energy");
  put("hwmon0/energy1_input", "100");
  put("hwmon0/energy1_label", "Ecore000");
  put("hwmon0/energy2_input", "2000000");
  put("hwmon0/energy2_label", "Esocket0");
  EXPECT_THAT(names(hwmon_sources(root, false), true), ElementsAre("hwmon:amd_energy hwmon0:Esocket0"));
  EXPECT_TRUE(names(hwmon_sources(root, true), true).empty());
}

class NvmlTest : public testing::Test {
 protected:
  NvmlTest() : library(dlopen(FAKE_NVML, RTLD_NOW)) { set(0, 0); }
  ~NvmlTest() override { dlclose(library); }
  void set(unsigned long long millijoules, unsigned milliwatts) const {
    reinterpret_cast<void (*)(unsigned long long, unsigned)>(dlsym(library, "fake_set"))(millijoules, milliwatts);
  }
  [[nodiscard]] int initialised() const { return reinterpret_cast<int (*)()>(dlsym(library, "fake_initialised"))(); }

 private:
  void* library;
};

TEST_F(NvmlTest, TakesTheCounterOrElseThePower) {
  EnergySources found = nvml_sources(FAKE_NVML);
  ASSERT_THAT(names(found, true), ElementsAre("nvml:0 Fake 0", "nvml:1 Fake 1"));
  EXPECT_THAT(found.unreadable, ElementsAre("nvml:2 Fake 2"));
  set(2500, 70'000);
  EXPECT_EQ(found.readable[0].reading, EnergyReading::joules);
  EXPECT_EQ(found.readable[0].read(), 2.5);
  EXPECT_EQ(found.readable[1].reading, EnergyReading::watts);
  EXPECT_EQ(found.readable[1].read(), 70.0);
  EXPECT_EQ(initialised(), 1);
  found.readable.clear();
  EXPECT_EQ(initialised(), 0);
}

TEST_F(NvmlTest, HasNoSourceWithoutAWholeLibrary) {
  EXPECT_TRUE(nvml_sources("no_such_library.so").readable.empty());
  EXPECT_TRUE(nvml_sources(INCOMPLETE_NVML).readable.empty());
}

TEST(EnergyTally, CountsOnPastTheEndOfACounter) {
  EnergyTally tally(EnergyReading::joules, 65);
  EXPECT_EQ(tally.joules(), std::nullopt);
  tally.add(0, 60);
  EXPECT_EQ(tally.joules(), 0.0);
  tally.add(1, 64);
  tally.add(2, 3);
  EXPECT_EQ(tally.joules(), 8.0);
}

TEST(EnergyTally, DoesNotGuessWhenACounterIsResetOrAReadingFails) {
  EnergyTally tally(EnergyReading::joules, 0);
  tally.add(0, 10);
  tally.add(1, std::nullopt);
  EXPECT_EQ(tally.joules(), std::nullopt);
  tally.add(2, 15);
  EXPECT_EQ(tally.joules(), 5.0);
  tally.add(3, 1);
  tally.add(4, 20);
  EXPECT_EQ(tally.joules(), std::nullopt);
}

TEST(EnergyTally, AddsUpPowers) {
  EnergyTally tally(EnergyReading::watts, 0);
  tally.add(10, 4);
  tally.add(12, 8);
  tally.add(13, 8);
  EXPECT_EQ(tally.joules(), 12.0 + 8.0);
}

TEST_F(Meter, ReadsAllSourcesAndTheirTotal) {
  zone("powercap/intel-rapl:0", "package-0", "1000000");
  zone("powercap/intel-rapl:0:0", "core", "0");
  put("hwmon/hwmon0/name", "i915");
  put("hwmon/hwmon0/energy1_input", "7000000");
  EnergyMeter meter(find_energy_sources({root / "powercap", root / "hwmon", "no_such_library.so"}).readable);
  put("powercap/intel-rapl:0/energy_uj", "3500000");
  put("powercap/intel-rapl:0:0/energy_uj", "1500000");
  put("hwmon/hwmon0/energy1_input", "7250000");
  EXPECT_THAT(meter.read_j(), ElementsAre(2.5, 1.5, 0.25));
  EXPECT_EQ(meter.read_total_j(), 2.75);
  fs::remove(root / "hwmon/hwmon0/energy1_input");
  EXPECT_THAT(meter.read_j(), ElementsAre(2.5, 1.5, std::nullopt));
  EXPECT_EQ(meter.read_total_j(), std::nullopt);
}

/// A counter that says how often it was read.
struct WatchedCounter {
  std::atomic<double> joules = 1;
  std::atomic<int> reads = 0;

  EnergySource source() {
    return {.name = "watched",
            .scope = EnergyScope::processor,
            .totalled = true,
            .reading = EnergyReading::joules,
            .wraps_at_j = 65,
            .read = [this] {
              const double value = joules;
              ++reads;
              return std::optional(value);
            }};
  }
  /// Until the meter's own thread has seen `value`.
  void set_and_wait(double value) {
    joules = value;
    for (const int before = reads; reads < before + 2;) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
};

TEST_F(Meter, SeesACounterStartOverTwiceBetweenTwoReads) {
  WatchedCounter counter;
  EnergyMeter meter({counter.source()});
  for (const double joules : {50, 10, 50, 10}) counter.set_and_wait(joules);
  EXPECT_EQ(meter.read_total_j(), 49.0 + 25 + 40 + 25);
}

TEST_F(Meter, KnowsNothingWithoutSources) {
  EnergyMeter meter({});
  EXPECT_TRUE(meter.read_j().empty());
  EXPECT_EQ(meter.read_total_j(), std::nullopt);
}

/// Draws 1000 W all the time.
EnergySource kilowatt(bool totalled) {
  return {
      .name = "kilowatt",
      .scope = EnergyScope::processor,
      .totalled = totalled,
      .reading = EnergyReading::joules,
      .wraps_at_j = 0,
      .read = [start = std::chrono::steady_clock::now()] {
        return std::optional(1000 * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      }};
}

TEST(EnergyWindow, TellsWorkFromIdling) {
  EnergyWindow window({kilowatt(true)}, std::chrono::milliseconds(50));
  window.open();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  window.close();
  const auto energy = window.energy();
  ASSERT_TRUE(energy);
  EXPECT_GE(energy->seconds, 0.1);
  EXPECT_NEAR(energy->joules, 1000 * energy->seconds, 5) << "5 ms between reading clock and counter";
  EXPECT_NEAR(energy->above_idle_j, 0, 0.2 * energy->joules);
  EXPECT_THAT(energy->sources, ElementsAre("kilowatt"));
}

TEST(EnergyWindow, KnowsNothingWhereNoCounterMoved) {
  EnergySource stepping = kilowatt(true);
  stepping.read = [] { return std::optional(5.0); };
  EnergyWindow window({stepping}, std::chrono::milliseconds(1));
  window.open();
  window.close();
  EXPECT_FALSE(window.energy()) << "not 0 J";
}

TEST(EnergyWindow, KnowsNothingWithoutACounterOfTheTotalOrAnEnd) {
  EnergyWindow listed_only({kilowatt(false)}, std::chrono::milliseconds(1));
  listed_only.open();
  listed_only.close();
  EXPECT_FALSE(listed_only.energy());
  EnergyWindow open({kilowatt(true)}, std::chrono::milliseconds(1));
  open.open();
  EXPECT_FALSE(open.energy());
}

}  // namespace
}  // namespace cleave
