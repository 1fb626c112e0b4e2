#pragma once
/// Named numbers with what is known about them, for people and for scripts.

#include "base/json_writer.hpp"

#include <cleave/cluster.hpp>

#include <string>
#include <utility>
#include <vector>

namespace cleave::cli {

using Quantities = std::vector<std::pair<std::string, Quantity>>;

/// A table: field, value, low, high, year, source.
[[nodiscard]] std::string quantities_text(const Quantities& rows);
/// One object, a member for each.
void write_quantities(JsonWriter& json, const Quantities& rows);

}  // namespace cleave::cli
