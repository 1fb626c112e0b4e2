#include "cli/quantities.hpp"

#include "base/text.hpp"
#include "cli/text_table.hpp"

#include <fmt/format.h>

namespace cleave::cli {

std::string quantities_text(const Quantities& rows) {
  TextTable table({"field", "value", "low", "high", "year", "source"}, {0, 5});
  for (const auto& [field, q] : rows)
    table.add({field, round_trip(q.value), round_trip(q.low), round_trip(q.high), q.year ? fmt::to_string(q.year) : "",
               q.source});
  return table.text();
}

void write_quantities(JsonWriter& json, const Quantities& rows) {
  json.begin_object();
  for (const auto& [field, q] : rows) {
    json.key(field).begin_object().field("value", q.value).field("low", q.low).field("high", q.high);
    json.field("source", q.source).field("year", q.year).end_object();
  }
  json.end_object();
}

}  // namespace cleave::cli
