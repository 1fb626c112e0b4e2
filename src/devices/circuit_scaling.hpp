#pragma once
/// What follows when a number of a circuit is changed.

#include <cleave/cluster.hpp>

namespace cleave {

/// Sets a number; its range low..high moves with its value, and its source says that it was varied.
void set_quantity(Quantity& quantity, double value);

/// A resolution of `bits`: a comparison a bit takes time in proportion, and energy as k1 bits + k2 4^bits, k1 = 100 fF,
/// k2 = 0.001 fF (ZigZag-IMC; Murmann's survey). Scales `conversion_s` and `adc_j`. Throws UsageError for
/// digital arrays (`dsram`), which have no converters.
void scale_adc_bits(Profile& profile, double bits);

/// A supply of `volts`: switching energies go with its square, delays with V / (V - threshold_v)^1.3 (alpha-power law
/// of short channels: Sakurai and Newton, IEEE JSSC 25(2), 1990). Scales the joules, times and rates of the circuit;
/// launches, reloading, memory and idle power are not its own. Throws UsageError where the profile has no `supply_v` or
/// no `threshold_v`, or `volts` is not above that.
void scale_supply(Profile& profile, double volts);

}  // namespace cleave
