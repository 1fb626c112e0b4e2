#include "base/json_view.hpp"

#include "base/files.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace cleave {

using Json = nlohmann::ordered_json;

struct JsonView::Document {
  std::string file;
  Json root;
};

namespace {

const Json& json(const void* node) { return *static_cast<const Json*>(node); }

std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

/// Deeper nesting than any file of ours has; beyond it, walking a document could exhaust the stack.
constexpr int kDeepestNesting = 100;

/// Parses and refuses a key that an object has twice: the second would silently win.
Json parse_strictly(std::string_view text, const std::string& file) {
  std::vector<std::vector<std::string>> keys;  // of the objects that are open: few each
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kDeepestNesting)
      throw InputError(file, "", "is nested too deeply", fmt::format("use at most {} levels", kDeepestNesting));
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event != Json::parse_event_t::key) return true;
    const auto& key = parsed.get_ref<const std::string&>();
    if (std::find(keys.back().begin(), keys.back().end(), key) != keys.back().end())
      throw InputError(file, "", fmt::format("key \"{}\" occurs twice in one object", key), "keep one of them");
    keys.back().push_back(key);
    return true;
  };
  return Json::parse(text, watch);
}

/// As deep as what was parsed, which is not deep.
void copy(const Json& value, JsonWriter& writer) {
  if (value.is_object()) {
    writer.begin_object();
    for (const auto& [key, member] : value.items()) copy(member, writer.key(key));
    writer.end_object();
  } else if (value.is_array()) {
    writer.begin_array();
    for (const Json& element : value) copy(element, writer);
    writer.end_array();
  } else if (value.is_string()) {
    writer.value(value.get_ref<const std::string&>());
  } else if (value.is_boolean()) {
    writer.value(value.get<bool>());
  } else if (value.is_number_integer() &&
             (!value.is_number_unsigned() || std::in_range<std::int64_t>(value.get<std::uint64_t>()))) {
    writer.value(value.get<std::int64_t>());
  } else if (value.is_number()) {
    writer.value(value.get<double>());
  } else {
    writer.null();
  }
}

}  // namespace

bool is_quantity(double value) { return value == 0 || (std::abs(value) >= 1e-30 && std::abs(value) <= 1e30); }

JsonView::JsonView(std::shared_ptr<const Document> document, const void* node, std::string pointer)
    : document_(std::move(document)), node_(node), pointer_(std::move(pointer)) {}

JsonView JsonView::parse(std::string_view text, std::string file) {
  auto document = std::make_shared<Document>();
  document->file = std::move(file);
  try {
    document->root = parse_strictly(text, document->file);
  } catch (const Json::parse_error& error) {
    const auto upto = text.substr(0, std::min(text.size(), error.byte));
    const auto line = 1 + std::count(upto.begin(), upto.end(), '\n');
    throw InputError(document->file, fmt::format("line {}", line), "is not valid JSON", "mend the syntax there");
  } catch (const Json::out_of_range&) {
    throw InputError(document->file, "", "has a number that no double can hold", "keep numbers below 1.8e308");
  }
  const void* root = &document->root;
  return {std::move(document), root, ""};
}

JsonView JsonView::read(const std::string& path) { return parse(read_file(path), path); }

const std::string& JsonView::file() const { return document_->file; }

void JsonView::fail(const std::string& problem, const std::string& repair) const {
  throw InputError(file(), pointer_.empty() ? "/" : pointer_, problem, repair);
}

void JsonView::fail_type(std::string_view wanted) const {
  const std::string value = ellipsis(json(node_).dump(), 40);
  fail(json(node_).is_null() ? "is null" : fmt::format("is {} {}", json(node_).type_name(), value),
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
  if (json(node_).begin().key() != "schema") schema->fail("is not the first key", "move it to the front");
  return version;
}

void JsonView::allow_only(const std::vector<std::string>& keys) const {
  if (!is_object()) fail_type("an object");
  for (const auto& [key, value] : json(node_).items()) {
    if (key == "schema" || key == "notes" || std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    at(key).fail("is not a known key",
                 fmt::format("did you mean \"{}\"? Free text goes under \"notes\"", nearest(key, keys)));
  }
}

void JsonView::allow_only(std::initializer_list<std::string_view> keys) const {
  allow_only(std::vector<std::string>(keys.begin(), keys.end()));
}

std::optional<JsonView> JsonView::find(std::string_view key) const {
  if (!is_object()) fail_type("an object");
  const auto found = json(node_).find(std::string(key));
  if (found == json(node_).end()) return std::nullopt;
  return JsonView(document_, &*found, pointer_ + "/" + escaped(key));
}

JsonView JsonView::at(std::string_view key) const {
  if (auto found = find(key)) return *found;
  fail(fmt::format("has no \"{}\"", key), "add it");
}

bool JsonView::is_object() const { return json(node_).is_object(); }
bool JsonView::is_array() const { return json(node_).is_array(); }
bool JsonView::is_number() const { return json(node_).is_number(); }
bool JsonView::is_string() const { return json(node_).is_string(); }

double JsonView::number() const {
  if (!is_number()) fail_type("a number");
  const double value = json(node_).get<double>();
  if (!std::isfinite(value)) fail("is not finite", "give a number that a double can hold");
  return value;
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
  if (!json(node_).is_boolean()) fail_type("true or false");
  return json(node_).get<bool>();
}

std::string JsonView::string() const {
  if (!is_string()) fail_type("a string");
  return json(node_).get<std::string>();
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
  for (const Json& item : json(node_))
    views.push_back(JsonView(document_, &item, fmt::format("{}/{}", pointer_, views.size())));
  return views;
}

std::vector<std::pair<std::string, JsonView>> JsonView::members() const {
  if (!is_object()) fail_type("an object");
  std::vector<std::pair<std::string, JsonView>> views;
  for (const auto& [key, value] : json(node_).items())
    views.emplace_back(key, JsonView(document_, &value, pointer_ + "/" + escaped(key)));
  return views;
}

void JsonView::copy_to(JsonWriter& writer) const { copy(json(node_), writer); }

}  // namespace cleave
