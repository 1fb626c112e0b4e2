#pragma once
/// What operations cost a device of this machine in joules, by its counters.

#include "runtime/energy/energy_source.hpp"

#include <cleave/cluster.hpp>
#include <cleave/runtime.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace cleave {

/// Work whose energy is measured: `run` does it once.
struct EnergyLoad {
  std::function<void()> run;
  double flop = 0;   ///< arithmetic of one run
  double bytes = 0;  ///< that the cost model says one run moves
};

/// Four products of matrices of `side` x `side`, one after another, on `engine`.
[[nodiscard]] EnergyLoad products_load(std::unique_ptr<Backend> engine, std::int64_t side);

struct EnergyCoefficients {
  Quantity idle_w;  ///< of all that the counters see
  Quantity j_per_flop, memory_j_per_byte;
};

struct EnergyMeasuring {
  double window_s = 1;  ///< length of one measurement
  int windows = 3;      ///< of idleness and of each load; low and high are the least and the greatest of them
  int year = 0;
};

/// Measures idleness, then both loads, each above the idle power: the model's E = flop j_per_flop + bytes
/// memory_j_per_byte is solved for the two. Nothing where there are no `sources`, or one of them fails.
[[nodiscard]] std::optional<EnergyCoefficients> measure_energy(const std::vector<EnergySource>& sources,
                                                               const EnergyLoad& products, const EnergyLoad& copies,
                                                               const EnergyMeasuring& how);

}  // namespace cleave
