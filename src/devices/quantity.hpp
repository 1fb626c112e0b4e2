#pragma once
/// Numbers with an interval and a source, as files give them.

#include "base/json_view.hpp"

#include <cleave/cluster.hpp>

#include <string_view>

namespace cleave {

/// What a number may be.
enum class Range {
  positive,      ///< > 0
  non_negative,  ///< >= 0
  fraction,      ///< > 0 and <= 1
  share,         ///< >= 0 and <= 1
  at_least_one,  ///< >= 1
  count,         ///< a whole number from 1 to a million: products of them stay exact
};
/// "greater than 0", ...
[[nodiscard]] std::string_view description_of(Range range);
[[nodiscard]] bool is_in(Range range, double value);

/// Reads `{"value": v, "low": l, "high": h, "source": "...", "year": y}`, or a plain number, which
/// is its own interval. Throws InputError unless low <= value <= high, all in `range`.
[[nodiscard]] Quantity read_quantity(const JsonView& view, Range range);

/// A number that is known exactly.
[[nodiscard]] Quantity exactly(double value, std::string_view source);

}  // namespace cleave
