#include "base/json_view.hpp"

#include "base/files.hpp"
#include "base/json_document.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace cleave {
namespace {

std::string_view name_of(JsonKind kind) {
  switch (kind) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return "boolean";
    case JsonKind::integer:
    case JsonKind::natural:
    case JsonKind::real:
      return "number";
    case JsonKind::string:
      return "string";
    case JsonKind::array:
      return "array";
    case JsonKind::object:
      return "object";
  }
  return "";
}

/// As deep as what was parsed, which is not deep.
void copy(const JsonDocument& document, const JsonNode& value, JsonWriter& writer) {
  const JsonNode* const end = after(&value);
  switch (value.kind) {
    case JsonKind::null:
      return static_cast<void>(writer.null());
    case JsonKind::boolean:
      return static_cast<void>(writer.value(value.boolean));
    case JsonKind::integer:
      return static_cast<void>(writer.value(value.integer));
    case JsonKind::natural:
      if (std::in_range<std::int64_t>(value.natural)) return static_cast<void>(writer.value(value.natural));
      return static_cast<void>(writer.value(static_cast<double>(value.natural)));
    case JsonKind::real:
      return static_cast<void>(writer.value(value.real));
    case JsonKind::string:
      return static_cast<void>(writer.value(document.text_of(value)));
    case JsonKind::array:
      writer.begin_array();
      for (const JsonNode* item = &value + 1; item != end; item = after(item)) copy(document, *item, writer);
      return static_cast<void>(writer.end_array());
    case JsonKind::object:
      writer.begin_object();
      for (const JsonNode* key = &value + 1; key != end; key = after(key + 1))
        copy(document, key[1], writer.key(document.text_of(*key)));
      return static_cast<void>(writer.end_object());
  }
}

}  // namespace

bool is_quantity(double value) { return value == 0 || (std::abs(value) >= 1e-30 && std::abs(value) <= 1e30); }

JsonView::JsonView(std::shared_ptr<const JsonDocument> document, const JsonNode* node)
    : document_(std::move(document)), node_(node) {}

JsonView JsonView::parse(std::string_view text, std::string file) {
  auto document = std::make_shared<const JsonDocument>(parse_json(text, std::move(file)));
  const JsonNode* root = document->nodes.data();
  return {std::move(document), root};
}

JsonView JsonView::read(const std::string& path) { return parse(read_file(path), path); }

const std::string& JsonView::file() const { return document_->file; }

std::string JsonView::pointer() const { return pointer_to(*document_, node_); }

void JsonView::fail(const std::string& problem, const std::string& repair) const {
  const std::string place = pointer();
  throw InputError(file(), place.empty() ? "/" : place, problem, repair);
}

void JsonView::fail_type(std::string_view wanted) const {
  const std::string value = ellipsis(json_line(*document_, *node_), 40);
  fail(node_->kind == JsonKind::null ? "is null" : fmt::format("is {} {}", name_of(node_->kind), value),
       fmt::format("give {}", wanted));
}

int JsonView::require_schema(std::string_view kind, int newest) const {
  const std::string wanted = fmt::format("cleave.{}/{}", kind, newest);
  if (!is_object()) fail_type("an object");
  const auto schema = find("schema");
  if (!schema) fail("has no \"schema\"", fmt::format("start the object with \"schema\": \"{}\"", wanted));
  int version = newest;
  while (version > 0 && schema->string() != fmt::format("cleave.{}/{}", kind, version)) --version;
  if (version == 0)
    schema->fail(fmt::format("is \"{}\"", schema->string()), fmt::format("this place takes \"{}\"", wanted));
  if (document_->text_of(node_[1]) != "schema") schema->fail("is not the first key", "move it to the front");
  return version;
}

void JsonView::allow_only(std::span<const std::string_view> keys) const {
  if (!is_object()) fail_type("an object");
  for (const JsonNode* key = node_ + 1; key != after(node_); key = after(key + 1)) {
    const std::string_view name = document_->text_of(*key);
    if (name == "schema" || name == "notes" || std::find(keys.begin(), keys.end(), name) != keys.end()) continue;
    const std::string known = nearest(name, std::vector<std::string>(keys.begin(), keys.end()));
    view_of(key + 1).fail("is not a known key",
                          fmt::format("did you mean \"{}\"? Free text goes under \"notes\"", known));
  }
}

void JsonView::allow_only(std::initializer_list<std::string_view> keys) const { allow_only(std::span(keys)); }

void JsonView::allow_only(const std::vector<std::string>& keys) const {
  allow_only(std::vector<std::string_view>(keys.begin(), keys.end()));
}

std::optional<JsonView> JsonView::find(std::string_view key) const {
  if (!is_object()) fail_type("an object");
  for (const JsonNode* one = node_ + 1; one != after(node_); one = after(one + 1))
    if (document_->text_of(*one) == key) return view_of(one + 1);
  return std::nullopt;
}

JsonView JsonView::at(std::string_view key) const {
  if (auto found = find(key)) return *found;
  fail(fmt::format("has no \"{}\"", key), "add it");
}

bool JsonView::is_object() const { return node_->kind == JsonKind::object; }
bool JsonView::is_array() const { return node_->kind == JsonKind::array; }
bool JsonView::is_number() const { return name_of(node_->kind) == "number"; }
bool JsonView::is_string() const { return node_->kind == JsonKind::string; }

double JsonView::number() const {
  switch (node_->kind) {
    case JsonKind::integer:
      return static_cast<double>(node_->integer);
    case JsonKind::natural:
      return static_cast<double>(node_->natural);
    case JsonKind::real:
      return node_->real;
    default:
      fail_type("a number");
  }
}

double JsonView::non_negative() const {
  const double value = number();
  if (value < 0) fail(fmt::format("is {}", value), "it cannot be negative");
  return value;
}

double JsonView::positive() const {
  const double value = number();
  if (value <= 0) fail(fmt::format("is {}", value), "it must be greater than 0");
  return value;
}

double JsonView::quantity() const {
  const double value = number();
  if (!is_quantity(value)) fail(fmt::format("is {}", value), "give 0, or a number from 1e-30 to 1e30");
  return value;
}

std::int64_t JsonView::integer() const {
  const double value = number();
  if (value != std::floor(value) || std::abs(value) > 9e15) fail(fmt::format("is {}", value), "give a whole number");
  return static_cast<std::int64_t>(value);
}

bool JsonView::boolean() const {
  if (node_->kind != JsonKind::boolean) fail_type("true or false");
  return node_->boolean;
}

std::string_view JsonView::text() const {
  if (!is_string()) fail_type("a string");
  return document_->text_of(*node_);
}

std::string JsonView::file_name() const {
  std::string name = string();
  if (name.empty() || name.find('\0') != std::string::npos)
    fail(name.empty() ? "is empty" : "has a character of code 0", "give the name of a file");
  return name;
}

std::vector<JsonView> JsonView::elements() const {
  if (!is_array()) fail_type("an array");
  std::vector<JsonView> views;
  for (const JsonNode* item = node_ + 1; item != after(node_); item = after(item)) views.push_back(view_of(item));
  return views;
}

std::vector<std::pair<std::string, JsonView>> JsonView::members() const {
  if (!is_object()) fail_type("an object");
  std::vector<std::pair<std::string, JsonView>> views;
  for (const JsonNode* key = node_ + 1; key != after(node_); key = after(key + 1))
    views.emplace_back(document_->text_of(*key), view_of(key + 1));
  return views;
}

void JsonView::copy_to(JsonWriter& writer) const { copy(*document_, *node_, writer); }

}  // namespace cleave
