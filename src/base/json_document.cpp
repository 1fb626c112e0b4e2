#include "base/json_document.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <unordered_set>
#include <utility>

namespace cleave {
namespace {

using Json = nlohmann::ordered_json;

/// Deeper nesting than any file of ours has; beyond it, walking a document could exhaust the stack.
constexpr std::size_t kDeepestNesting = 100;

/// What the parser calls for each part of the text. Refuses a key that an object has twice: the second would silently
/// win.
class Builder {
 public:
  Builder(std::string_view text, JsonDocument& document) : text_(text), document_(document) {}

  bool null() { return add(JsonKind::null), true; }
  bool boolean(bool value) { return add(JsonKind::boolean).boolean = value, true; }
  bool number_integer(std::int64_t value) { return add(JsonKind::integer).integer = value, true; }
  bool number_unsigned(std::uint64_t value) { return add(JsonKind::natural).natural = value, true; }
  bool number_float(double value, const std::string& /*text*/) { return add(JsonKind::real).real = value, true; }
  bool string(const std::string& value) { return add_text(value), true; }
  bool binary(const Json::binary_t& /*value*/) { return false; }  // no JSON text has any
  bool start_object(std::size_t /*size*/) { return open(JsonKind::object); }
  bool start_array(std::size_t /*size*/) { return open(JsonKind::array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(const std::string& name) {
    refuse_twin(name);
    return add_text(name), true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/, const Json::exception& error) {
    if (dynamic_cast<const Json::out_of_range*>(&error) != nullptr)
      throw InputError(document_.file, "", "has a number that no double can hold", "keep numbers below 1.8e308");
    const auto upto = text_.substr(0, std::min(text_.size(), position));
    const auto line = 1 + std::count(upto.begin(), upto.end(), '\n');
    throw InputError(document_.file, fmt::format("line {}", line), "is not valid JSON", "mend the syntax there");
  }

 private:
  JsonNode& add(JsonKind kind) {
    if (open_.size() > kDeepestNesting)
      throw InputError(document_.file, "", "is nested too deeply",
                       fmt::format("use at most {} levels", kDeepestNesting));
    JsonNode& node = document_.nodes.emplace_back();
    node.kind = kind;
    return node;
  }

  void add_text(const std::string& value) {
    JsonNode& node = add(JsonKind::string);
    node.text = document_.characters.size();
    node.extent = value.size();
    document_.characters += value;
  }

  bool open(JsonKind kind) {
    add(kind);
    open_.push_back({document_.nodes.size() - 1});
    return true;
  }

  bool close() {
    const std::size_t node = open_.back().node;
    document_.nodes[node].extent = document_.nodes.size() - node;
    open_.pop_back();
    return true;
  }

  /// Few keys are compared one by one; an object of very many has a set of them.
  void refuse_twin(const std::string& name) {
    Open& object = open_.back();
    const bool twin = object.keys++ < kFewKeys ? has_key(object, name) : !names_of(object).insert(name).second;
    if (twin)
      throw InputError(document_.file, "", fmt::format("key \"{}\" occurs twice in one object", name),
                       "keep one of them");
  }

  /// An array or object whose end is still to come.
  struct Open {
    std::size_t node;
    std::size_t keys = 0;
    std::unique_ptr<std::unordered_set<std::string>> names = {};  ///< of an object with many
  };
  static constexpr std::size_t kFewKeys = 64;

  template <class Visit>
  void each_key(const Open& object, const Visit& visit) const {
    const JsonNode* const end = document_.nodes.data() + document_.nodes.size();
    for (const JsonNode* key = document_.nodes.data() + object.node + 1; key != end; key = after(key + 1))
      visit(document_.text_of(*key));
  }
  [[nodiscard]] bool has_key(const Open& object, std::string_view name) const {
    bool found = false;
    each_key(object, [&](std::string_view key) { found |= key == name; });
    return found;
  }
  std::unordered_set<std::string>& names_of(Open& object) const {
    if (!object.names) {
      object.names = std::make_unique<std::unordered_set<std::string>>();
      each_key(object, [&](std::string_view key) { object.names->emplace(key); });
    }
    return *object.names;
  }

  std::string_view text_;
  JsonDocument& document_;
  std::vector<Open> open_ = {};  // the arrays and objects around
};

std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

/// As deep as what was parsed, which is not deep.
Json rebuilt(const JsonDocument& document, const JsonNode& value) {
  switch (value.kind) {
    case JsonKind::null:
      return nullptr;
    case JsonKind::boolean:
      return value.boolean;
    case JsonKind::integer:
      return value.integer;
    case JsonKind::natural:
      return value.natural;
    case JsonKind::real:
      return value.real;
    case JsonKind::string:
      return document.text_of(value);
    case JsonKind::array: {
      Json array = Json::array();
      for (const JsonNode* item = &value + 1; item != after(&value); item = after(item))
        array.push_back(rebuilt(document, *item));
      return array;
    }
    case JsonKind::object: {
      Json object = Json::object();
      for (const JsonNode* key = &value + 1; key != after(&value); key = after(key + 1))
        object.emplace(std::string(document.text_of(*key)), rebuilt(document, key[1]));
      return object;
    }
  }
  return nullptr;
}

}  // namespace

JsonDocument parse_json(std::string_view text, std::string file) {
  JsonDocument document{.file = std::move(file)};
  document.characters.reserve(text.size());  // growing would take twice the memory: large files are mostly strings
  Builder builder(text, document);
  Json::sax_parse(text, &builder);
  return document;
}

std::string pointer_to(const JsonDocument& document, const JsonNode* value) {
  std::string pointer;
  for (const JsonNode* around = document.nodes.data(); around != value;) {
    const bool object = around->kind == JsonKind::object;
    std::size_t before = 0;
    const JsonNode* item = around + 1;  // or the key in front of it
    for (; after(item + object) <= value; item = after(item + object)) ++before;
    pointer += object ? "/" + escaped(document.text_of(*item)) : fmt::format("/{}", before);
    around = item + object;
  }
  return pointer;
}

std::string json_line(const JsonDocument& document, const JsonNode& value) { return rebuilt(document, value).dump(); }

}  // namespace cleave
