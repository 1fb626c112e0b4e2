#include "space/axis.hpp"

#include "base/json_writer.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace cleave {
namespace {

constexpr std::size_t kMostValues = 10'000;

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

[[noreturn]] void refuse(std::string_view axis, const std::string& problem) {
  throw UsageError(fmt::format("--vary {}: {}", axis, problem));
}

void add(Axis& axis, std::string value) {
  if (std::find(axis.values.begin(), axis.values.end(), value) == axis.values.end())
    axis.values.push_back(std::move(value));
  if (axis.values.size() > kMostValues) refuse(axis.name, fmt::format("more than {} values", kMostValues));
}

/// As it would be written by hand: 0.8, not the 0.7999999999999999 that steps of 0.1 add up to.
std::string without_rounding(double value) {
  return round_trip(number_in(fmt::format("{:.15g}", value)).value_or(value));
}

/// `low:high`, `low:high:step`, `low:high*factor`.
void add_range(Axis& axis, std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view rest = text.substr(colon + 1);
  const auto mark = rest.find_first_of(":*");
  const bool grows = mark != std::string_view::npos && rest[mark] == '*';
  const auto low = number_in(text.substr(0, colon));
  const auto high = number_in(rest.substr(0, mark));
  const auto step = mark == std::string_view::npos ? std::optional(1.0) : number_in(rest.substr(mark + 1));
  if (!low || !high || !step)
    refuse(axis.name, fmt::format("\"{}\" is no range; write low:high, low:high:step or low:high*factor", text));
  if (*low > *high) refuse(axis.name, fmt::format("the range {} is empty", text));
  if (grows ? *step <= 1 || *low <= 0 : *step <= 0)
    refuse(axis.name, fmt::format("the range {} does not end; {}", text,
                                  grows ? "start above 0 with a factor above 1" : "give a step above 0"));
  // A little beyond the end, so that rounding does not lose the last value.
  const double last = *high * (1 + 1e-12);
  for (std::size_t i = 0;; ++i) {
    if (i > kMostValues) refuse(axis.name, fmt::format("the range {} has more than {} values", text, kMostValues));
    const double value = grows ? *low * std::pow(*step, static_cast<double>(i)) : *low + static_cast<double>(i) * *step;
    if (value > last) break;
    add(axis, without_rounding(value));
  }
}

}  // namespace

Axis parse_axis(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size())
    throw UsageError(fmt::format("--vary \"{}\": write NAME=VALUES, e.g. cim.count=0:8 or npu.clock_hz=5e8,1e9", text));
  Axis axis{std::string(text.substr(0, equals)), {}};
  for (std::string_view rest = text.substr(equals + 1);;) {
    const auto comma = rest.find(',');
    const std::string_view one = rest.substr(0, comma);
    if (one.empty()) refuse(axis.name, "a value is empty");
    if (one.find(':') != std::string_view::npos)
      add_range(axis, one);
    else if (const auto number = number_in(one))
      add(axis, round_trip(*number));
    else
      add(axis, std::string(one));
    if (comma == std::string_view::npos) return axis;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace cleave
