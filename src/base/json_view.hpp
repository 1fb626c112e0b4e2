#pragma once
/// Reading JSON so that every complaint says which file, which place, what is wrong and what
/// would be right.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cleave {

struct JsonDocument;
struct JsonNode;
class JsonWriter;

/// 0, or of a size from 1e-30 to 1e30: products and sums of such numbers stay within what a double holds.
[[nodiscard]] bool is_quantity(double value);

/// A cursor into a parsed document. Cheap to copy; keeps the document alive.
class JsonView {
 public:
  /// Parses `text`; `file` is what messages call it. Throws InputError on malformed text and on
  /// a key that occurs twice in one object.
  static JsonView parse(std::string_view text, std::string file);
  static JsonView read(const std::string& path);

  /// Checks that this is an object whose first key is `"schema": "cleave.<kind>/<version>"`, and which version it is:
  /// 1 to `newest`.
  int require_schema(std::string_view kind, int newest = 1) const;
  /// Checks that this is an object with no keys but these ("notes" and "schema" are always
  /// allowed); names the nearest allowed key for an unknown one.
  void allow_only(std::span<const std::string_view> keys) const;
  void allow_only(std::initializer_list<std::string_view> keys) const;
  void allow_only(const std::vector<std::string>& keys) const;

  [[nodiscard]] JsonView at(std::string_view key) const;  ///< throws if missing
  [[nodiscard]] std::optional<JsonView> find(std::string_view key) const;

  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] bool is_number() const;
  [[nodiscard]] bool is_string() const;

  [[nodiscard]] double number() const;  ///< finite
  [[nodiscard]] double non_negative() const;
  [[nodiscard]] double positive() const;
  [[nodiscard]] double quantity() const;       ///< see is_quantity()
  [[nodiscard]] std::int64_t integer() const;  ///< a whole number
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::string_view text() const;  ///< of a string; lives as long as the document
  [[nodiscard]] std::string string() const { return std::string(text()); }
  [[nodiscard]] std::string file_name() const;  ///< text that may name a file
  [[nodiscard]] std::vector<JsonView> elements() const;
  [[nodiscard]] std::vector<std::pair<std::string, JsonView>> members() const;  ///< in file order

  /// Writes the value, and all that is in it, as it is.
  void copy_to(JsonWriter& writer) const;

  /// Throws InputError for this place.
  [[noreturn]] void fail(const std::string& problem, const std::string& repair) const;
  [[nodiscard]] const std::string& file() const;
  [[nodiscard]] std::string pointer() const;  ///< found by walking the document: for messages

 private:
  JsonView(std::shared_ptr<const JsonDocument> document, const JsonNode* node);
  [[nodiscard]] JsonView view_of(const JsonNode* node) const { return {document_, node}; }
  [[noreturn]] void fail_type(std::string_view wanted) const;

  std::shared_ptr<const JsonDocument> document_;
  const JsonNode* node_;
};

}  // namespace cleave
