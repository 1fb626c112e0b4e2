// CLI::AsNumberWithUnit hands on six digits of a product: a limit read off a table would miss what it was read from.
#include "cli/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cleave::cli {
namespace {

/// Name and size.
using Units = std::vector<std::pair<std::string, double>>;

/// None where it is not a number of 0 or more with one of the units, or none.
std::optional<double> value_of(const std::string& text, const Units& units) {
  const auto last = std::find_if(text.rbegin(), text.rend(), [](unsigned char c) { return std::isalpha(c) == 0; });
  const std::string unit(last.base(), text.end());
  const auto found = std::find_if(units.begin(), units.end(), [&](const auto& one) { return one.first == unit; });
  const std::string digits = CLI::detail::trim_copy(std::string(text.begin(), last.base()));
  double number = 0;
  if (digits.empty() || !CLI::detail::lexical_cast(digits, number)) return std::nullopt;
  if (!unit.empty() && found == units.end()) return std::nullopt;
  const double value = unit.empty() ? number : number * found->second;
  return std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
}

CLI::Validator with_units(const char* what, const Units& units) {
  std::string names;
  for (const auto& [name, size] : units) names += (names.empty() ? "" : ", ") + name;
  const auto convert = [=](std::string& text) -> std::string {
    const auto value = value_of(text, units);
    if (!value)
      return fmt::format("\"{}\" is not a number of 0 or more, with or without one of the units {}", text, names);
    text = fmt::format("{}", *value);
    return {};
  };
  return CLI::Validator(convert, fmt::format("FLOAT [{}]", what));
}

}  // namespace

CLI::Validator no_less_than_zero() {
  const auto complaint = [](const std::string& text) {
    double value = 0;
    const bool good = CLI::detail::lexical_cast(text, value) && value >= 0 && std::isfinite(value);
    return good ? std::string() : fmt::format("\"{}\" is not a number of 0 or more", text);
  };
  return {complaint, "NONNEGATIVE"};
}

CLI::Validator above_zero(const std::string& hint) {
  const auto complaint = [hint](const std::string& text) {
    double value = 0;
    const bool good = CLI::detail::lexical_cast(text, value) && value > 0 && std::isfinite(value);
    return good ? std::string() : fmt::format("takes a number above 0, not \"{}\"{}", text, hint);
  };
  return {complaint, "POSITIVE"};
}

CLI::Validator time_units() {
  return with_units("TIME", {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}});
}

CLI::Validator energy_units() { return with_units("ENERGY", {{"uJ", 1e-6}, {"mJ", 1e-3}, {"J", 1}}); }

CLI::Validator power_units() { return with_units("POWER", {{"mW", 1e-3}, {"W", 1}, {"kW", 1e3}}); }

}  // namespace cleave::cli
