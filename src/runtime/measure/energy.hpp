#pragma once
/// What operations cost this machine's processor in joules, by its own counters.

#include "runtime/energy/energy_source.hpp"

#include <cleave/cluster.hpp>

#include <functional>
#include <optional>
#include <vector>

namespace cleave {

/// Work whose energy is measured: `run` does it once.
struct EnergyLoad {
  std::function<void()> run;
  double flop = 0;   ///< arithmetic of one run
  double bytes = 0;  ///< that the cost model says one run moves
};

/// The loads that `cleave profile` measures: large matrix products, and copies that no cache holds. Both on one core.
[[nodiscard]] EnergyLoad products_load();
[[nodiscard]] EnergyLoad copies_load();

struct EnergyCoefficients {
  Quantity idle_w;  ///< of the processor and its memory, all cores together
  Quantity j_per_flop, memory_j_per_byte;
};

struct EnergyMeasuring {
  double window_s = 1;  ///< length of one measurement
  int windows = 3;      ///< of idleness and of each load; low and high are the least and the greatest of them
  int year = 0;
};

/// Measures idleness, then both loads, each above the idle power: the model's E = flop j_per_flop + bytes
/// memory_j_per_byte is solved for the two. Sources of the processor and its memory that are totalled count.
/// Nothing where there is none, or one of them fails.
[[nodiscard]] std::optional<EnergyCoefficients> measure_energy(const std::vector<EnergySource>& sources,
                                                               const EnergyLoad& products, const EnergyLoad& copies,
                                                               const EnergyMeasuring& how);

}  // namespace cleave
