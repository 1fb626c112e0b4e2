#pragma once
/// What some plan, here or elsewhere, is known to reach.

namespace cleave {

/// Figures of a known plan. Whether period and energy are those of a batch or of an inference says who takes them;
/// the latency is that of a batch, and 0 where it is no objective.
struct Known {
  double period_s = 0;
  double energy_j = 0;
  double latency_s = 0;
};

}  // namespace cleave
