#pragma once
/// Joules that this machine's own counters saw.

#include "runtime/energy/energy_source.hpp"
#include "runtime/energy/energy_tally.hpp"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace cleave {

/// Where sources are looked for.
struct EnergyPlaces {
  std::filesystem::path powercap = "/sys/class/powercap";
  std::filesystem::path hwmon = "/sys/class/hwmon";
  std::string nvml = "libnvidia-ml.so.1";
};
[[nodiscard]] EnergySources find_energy_sources(const EnergyPlaces& places = {});

/// Counts from its making on. While it lives, a thread of its own reads every source ten times a second, so that no
/// counter starts over unseen and powers add up to joules; with no source there is no thread. Everything that runs on
/// the machine is in its joules.
class EnergyMeter {
 public:
  explicit EnergyMeter(std::vector<EnergySource> sources);
  ~EnergyMeter();
  EnergyMeter(const EnergyMeter&) = delete;
  EnergyMeter& operator=(const EnergyMeter&) = delete;

  [[nodiscard]] const std::vector<EnergySource>& sources() const { return sources_; }

  /// Joules of each source, read now; nothing where it cannot be read.
  [[nodiscard]] std::vector<std::optional<double>> read_j();

  /// The sum over the sources that are totalled; nothing where there is none, or one of them cannot be read.
  [[nodiscard]] std::optional<double> read_total_j();

 private:
  void read_all();
  void keep_reading(const std::stop_token& stop);

  std::vector<EnergySource> sources_;
  std::vector<EnergyTally> tallies_;
  std::mutex mutex_;  ///< guards tallies_
  std::condition_variable_any wake_;
  std::jthread reader_;
};

}  // namespace cleave
