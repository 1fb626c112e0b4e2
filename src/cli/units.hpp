#pragma once
/// Options that are quantities, most with a unit.

#include <CLI/CLI.hpp>

#include <string>

namespace cleave::cli {

/// "20ms", "1.5s"; a bare number is seconds.
[[nodiscard]] CLI::Validator time_units();
/// "80mJ", "2J"; a bare number is joules.
[[nodiscard]] CLI::Validator energy_units();
/// "500mW", "30W"; a bare number is watts.
[[nodiscard]] CLI::Validator power_units();

/// A finite number without a unit.
[[nodiscard]] CLI::Validator no_less_than_zero();
/// The same above 0; `hint` says more where what is given is none.
[[nodiscard]] CLI::Validator above_zero(const std::string& hint = "");

}  // namespace cleave::cli
