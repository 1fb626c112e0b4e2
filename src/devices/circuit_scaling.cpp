#include "devices/circuit_scaling.hpp"

#include "devices/fields.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// Of a conversion of this many bits, in no unit.
double adc_energy(double bits) { return 100 * bits + 0.001 * std::pow(4, bits); }

/// Of a transistor, in no unit.
double delay(double supply_v, double threshold_v) { return supply_v / std::pow(supply_v - threshold_v, 1.3); }

bool belongs_to_circuit(std::string_view field) {
  for (const std::string_view other : {"launch_", "stage_launch_", "reload_", "memory_", "idle_"})
    if (field.starts_with(other)) return false;
  return true;
}

/// How a number of this unit follows.
double factor_of(std::string_view unit, double energy, double time) {
  if (unit == "J" || unit == "J/B") return energy;
  if (unit == "s") return time;
  return unit == "1/s" || unit == "B/s" ? 1 / time : 1;
}

}  // namespace

void set_quantity(Quantity& quantity, double value) {
  const double factor = quantity.value > 0 ? value / quantity.value : 1;
  quantity = {.value = value,
              .low = quantity.value > 0 ? quantity.low * factor : value,
              .high = quantity.value > 0 ? quantity.high * factor : value,
              .source = quantity.source + "; varied",  // what it was derived from still says whether it is an estimate
              .year = quantity.year};
}

void scale_adc_bits(Profile& profile, double bits) {
  if (profile.choices.at("cell") == "dsram")
    throw UsageError(fmt::format("adc_bits: {} adds up digitally, it has no converters", profile.name));
  Quantity& number = profile.numbers.at("adc_bits");
  Quantity& energy = profile.numbers.at("adc_j");
  Quantity& time = profile.numbers.at("conversion_s");
  set_quantity(energy, energy.value * adc_energy(bits) / adc_energy(number.value));
  set_quantity(time, time.value * bits / number.value);
  set_quantity(number, bits);
}

void scale_supply(Profile& profile, double volts) {
  for (const char* needed : {"supply_v", "threshold_v"})
    if (!profile.numbers.contains(needed))
      throw UsageError(
          fmt::format("supply_v: {} has no {}, so nothing says how times and energies follow; give it "
                      "both in its profile",
                      profile.name, needed));
  const double threshold_v = profile.number("threshold_v");
  Quantity& supply = profile.numbers.at("supply_v");
  if (volts <= threshold_v || supply.value <= threshold_v)
    throw UsageError(fmt::format("supply_v: {} V is not above the threshold of {}, {} V", std::min(volts, supply.value),
                                 profile.name, threshold_v));
  const double energy = volts * volts / (supply.value * supply.value);
  const double time = delay(volts, threshold_v) / delay(supply.value, threshold_v);
  for (const Field& field : fields_of(profile.kind)) {
    if (!belongs_to_circuit(field.name)) continue;
    const double factor = factor_of(field.unit, energy, time);
    for (const std::string& name : names_of(field, profile.precisions))
      if (const auto number = profile.numbers.find(name); number != profile.numbers.end() && factor != 1)
        set_quantity(number->second, number->second.value * factor);
  }
  set_quantity(supply, volts);
}

}  // namespace cleave
