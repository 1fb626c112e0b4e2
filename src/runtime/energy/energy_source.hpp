#pragma once
/// What this machine offers for measuring its own energy.

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What a source's joules were drawn by.
enum class EnergyScope { processor, memory, gpu, other };

enum class EnergyReading {
  joules,  ///< a counter that only grows, until it starts over
  watts,   ///< the power of the moment
};

/// One counter or sensor.
struct EnergySource {
  std::string name;  ///< e.g. "powercap:package-0/dram", "nvml:0 NVIDIA A100"
  EnergyScope scope = EnergyScope::other;
  /// Part of the machine's total. False where another source already has these joules: cores are in their package's.
  bool totalled = false;
  EnergyReading reading = EnergyReading::joules;
  double wraps_at_j = 0;  ///< a counter starts over past this; 0: never
  /// Joules since an unknown moment, or watts now; nothing where it cannot be read.
  std::function<std::optional<double>()> read;
};

struct EnergySources {
  std::vector<EnergySource> readable;
  std::vector<std::string> unreadable;  ///< files of counters that are there and cannot be read: often root alone may
};

}  // namespace cleave
