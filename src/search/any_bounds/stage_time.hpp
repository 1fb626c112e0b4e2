#pragma once
/// The time of a stage as a function of its set of operators alone, bounded from below.

#include <cleave/cost_table.hpp>

#include <vector>

namespace cleave {

/// A tensor's crossing of a stage's border: it costs `seconds` when the stage has some of `pins` (its producer and its
/// readers) but not all, or any when it is `open`: it comes from outside of the network, or leaves it.
struct Crossing {
  TensorId tensor = {};
  std::vector<OpId> pins;  ///< ascending
  bool open = false;
  double seconds = 0;
};

/// One batch of a stage takes the devices of its mode together at least: launch, the operators, the crossings. What
/// only makes a stage slower (reloads, a port that works beside the compute units, links) is left out.
struct StageTime {
  ModeId mode = {};
  double launch_s = 0;
  IndexVector<OpId, double> compute_s = {};  ///< kCannot where it cannot run, alone or because its memory is too much
  std::vector<Crossing> crossings = {};
};

[[nodiscard]] StageTime stage_time(const CostTable& cost, ModeId mode);

}  // namespace cleave
