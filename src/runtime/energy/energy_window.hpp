#pragma once
/// Joules between two moments, with and without what the machine draws when idle.

#include "runtime/energy/energy_meter.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

struct WindowEnergy {
  double seconds = 0;
  double joules = 0;                 ///< of everything that ran on the machine meanwhile
  double above_idle_j = 0;           ///< less what it draws when idle, for as long
  std::vector<std::string> sources;  ///< that were added up
};

class EnergyWindow {
 public:
  /// Watches the machine for `idle` first, unless there is nothing to add up. Whoever makes it should be idle.
  EnergyWindow(std::vector<EnergySource> sources, std::chrono::milliseconds idle);
  void open() { opened_ = read(); }
  void close() { closed_ = read(); }
  /// Nothing where the machine has no counters, one could not be read, or the window was not opened and closed, or
  /// was so short that no counter moved.
  [[nodiscard]] std::optional<WindowEnergy> energy() const;

 private:
  struct Moment {
    double at_s = 0;
    std::optional<double> joules = {};
  };
  [[nodiscard]] Moment read();

  EnergyMeter meter_;
  std::optional<double> idle_w_;
  Moment opened_, closed_;
};

}  // namespace cleave
