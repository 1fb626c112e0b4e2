#pragma once
/// Small values that the parts of a search of spaces share.

#include <cstddef>
#include <cstdint>

namespace cleave {

/// A plan's figures per inference.
struct DesignFigures {
  double period_s = 0;
  double energy_j = 0;
  double latency_s = 0;  ///< of one batch
};

/// What is minimised, beside period and energy.
struct Objectives {
  bool latency = false;

  /// The latency as an objective: 0 where it is none.
  [[nodiscard]] double latency_s(double seconds) const { return latency ? seconds : 0; }
};

struct Nsga2Options {
  std::size_t evaluations = 200;  ///< searches of different groups, at most, of each model
  std::size_t population = 24;
  std::uint64_t seed = 1;
};

}  // namespace cleave
