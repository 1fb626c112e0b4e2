#include "devices/write_profile.hpp"

#include "devices/fields.hpp"

namespace cleave {
namespace {

void write_quantity(JsonWriter& json, const Quantity& quantity) {
  json.begin_object().field("value", quantity.value).field("low", quantity.low).field("high", quantity.high);
  json.field("source", quantity.source);
  if (quantity.year) json.field("year", quantity.year);
  json.end_object();
}

void write_numbers(JsonWriter& json, const Profile& profile) {
  for (const Field& field : fields_of(profile.kind))
    for (const std::string& name : names_of(field, profile.precisions)) {
      const auto found = profile.numbers.find(name);
      if (found == profile.numbers.end() || found->second.source == kDefaultSource) continue;
      write_quantity(json.key(name), found->second);
    }
}

void write_correction(JsonWriter& json, const Correction& correction) {
  json.begin_object().field("schema", "cleave.correction/2").field("operators", correction.operators);
  json.field("precision", name_of(correction.precision));
  json.key("scales").begin_array();
  for (const double scale : correction.scales) json.value(scale);
  json.end_array().key("points").begin_array();
  for (const Correction::Point& point : correction.points) {
    json.begin_array();
    for (const double coordinate : point.at) json.value(coordinate);
    json.value(point.weight).end_array();
  }
  json.end_array().end_object();
}

}  // namespace

std::string profile_json(const Profile& profile, const std::function<void(JsonWriter&)>& notes) {
  JsonWriter json;
  json.begin_object().field("schema", "cleave.profile/1").field("name", profile.name);
  json.field("title", profile.title).field("kind", name_of(profile.kind)).key("precisions").begin_array();
  for (const Precision precision : profile.precisions) json.value(name_of(precision));
  json.end_array();
  if (!profile.unsupported.empty()) {
    json.key("unsupported").begin_object();
    for (const auto& [kind, reason] : profile.unsupported) json.field(kind, reason);
    json.end_object();
  }
  for (const auto& [name, choice] : profile.choices) json.field(name, choice);
  write_numbers(json, profile);
  if (!profile.corrections.empty()) {
    json.key("corrections").begin_array();
    for (const Correction& correction : profile.corrections) write_correction(json, correction);
    json.end_array();
  }
  notes(json.key("notes"));
  json.end_object();
  return json.text();
}

}  // namespace cleave
