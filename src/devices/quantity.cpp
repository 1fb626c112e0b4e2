#include "devices/quantity.hpp"

#include <fmt/format.h>

#include <cmath>

namespace cleave {
namespace {

double read_number(const JsonView& view, Range range) {
  const double value = view.quantity();
  if (!is_in(range, value)) view.fail(fmt::format("is {}", value), fmt::format("it must be {}", description_of(range)));
  return value;
}

int read_year(const JsonView& view) {
  const std::int64_t year = view.integer();
  if (year < 1900 || year > 9999) view.fail(fmt::format("is {}", year), "give the year of the source, e.g. 2020");
  return static_cast<int>(year);
}

}  // namespace

bool is_in(Range range, double value) {
  switch (range) {
    case Range::positive:
      return value > 0;
    case Range::non_negative:
      return value >= 0;
    case Range::fraction:
      return value > 0 && value <= 1;
    case Range::share:
      return value >= 0 && value <= 1;
    case Range::at_least_one:
      return value >= 1;
    case Range::count:
      return value >= 1 && value == std::floor(value) && value <= 1e6;
  }
  return false;
}

std::string_view description_of(Range range) {
  switch (range) {
    case Range::positive:
      return "greater than 0";
    case Range::non_negative:
      return "0 or more";
    case Range::fraction:
      return "greater than 0 and at most 1";
    case Range::share:
      return "between 0 and 1";
    case Range::at_least_one:
      return "1 or more";
    case Range::count:
      return "a whole number from 1 to 1000000";
  }
  return "a number";
}

Quantity exactly(double value, std::string_view source) {
  return {.value = value, .low = value, .high = value, .source = std::string(source)};
}

Quantity read_quantity(const JsonView& view, Range range) {
  if (view.is_number()) return exactly(read_number(view, range), "");
  if (!view.is_object())
    view.fail("is not a number", "give a number, or an object with \"value\", \"low\", \"high\", \"source\", \"year\"");
  view.allow_only({"value", "low", "high", "source", "year"});
  Quantity quantity = exactly(read_number(view.at("value"), range), "");
  if (const auto low = view.find("low")) quantity.low = read_number(*low, range);
  if (const auto high = view.find("high")) quantity.high = read_number(*high, range);
  if (quantity.low > quantity.value)
    view.at("low").fail(fmt::format("is {}, above the value {}", quantity.low, quantity.value),
                        "low <= value <= high must hold");
  if (quantity.high < quantity.value)
    view.at("high").fail(fmt::format("is {}, below the value {}", quantity.high, quantity.value),
                         "low <= value <= high must hold");
  if (const auto source = view.find("source")) quantity.source = source->string();
  if (const auto year = view.find("year")) quantity.year = read_year(*year);
  return quantity;
}

}  // namespace cleave
