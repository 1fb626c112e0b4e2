#include "runtime/energy/energy_tally.hpp"

namespace cleave {

double EnergyTally::since_last(double at_s, double value) {
  if (reading_ == EnergyReading::watts) return (at_s - last_->at_s) * (value + last_->value) / 2;
  if (value >= last_->value) return value - last_->value;
  if (wraps_at_j_ < last_->value) reset_ = true;
  return value + wraps_at_j_ - last_->value;
}

void EnergyTally::add(double at_s, std::optional<double> value) {
  failed_ = !value;
  if (!value) return;
  if (last_) joules_ += since_last(at_s, *value);
  last_ = Point{at_s, *value};
}

std::optional<double> EnergyTally::joules() const {
  if (!last_ || failed_ || reset_) return std::nullopt;
  return joules_;
}

}  // namespace cleave
