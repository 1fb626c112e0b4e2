#pragma once
/// From readings of one source to joules.

#include "runtime/energy/energy_source.hpp"

#include <optional>

namespace cleave {

/// Joules since the first reading. Counters may start over once between two readings; powers are taken to change
/// evenly between two readings (trapezoids).
class EnergyTally {
 public:
  EnergyTally(EnergyReading reading, double wraps_at_j) : reading_(reading), wraps_at_j_(wraps_at_j) {}

  /// A reading at `at_s`, on any clock that never goes back; nothing: it failed.
  void add(double at_s, std::optional<double> value);

  /// Nothing before the first reading, while the last one failed, and once a counter without a known end went back.
  [[nodiscard]] std::optional<double> joules() const;

 private:
  [[nodiscard]] double since_last(double at_s, double value);

  struct Point {
    double at_s, value;
  };
  EnergyReading reading_;
  double wraps_at_j_;
  std::optional<Point> last_;
  double joules_ = 0;
  bool failed_ = false, reset_ = false;
};

}  // namespace cleave
