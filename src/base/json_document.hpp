#pragma once
/// A parsed JSON text: all its values in one vector, in the order of the text, so that large ones take little memory.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

enum class JsonKind : std::uint8_t { null, boolean, integer, natural, real, string, array, object };

/// A value, or the key in front of one. What an array or object has follows it.
struct JsonNode {
  union {
    bool boolean;
    std::int64_t integer = 0;
    std::uint64_t natural;
    double real;
    std::size_t text;  ///< where a string begins
  };
  std::uint64_t extent : 56 = 1;  ///< of a string its bytes; else how many nodes with all that is in it
  JsonKind kind : 8 = JsonKind::null;
};
static_assert(sizeof(JsonNode) == 16);

/// The next node that is not in this one: the end of its array or object, too.
inline const JsonNode* after(const JsonNode* node) {
  return node + (node->kind == JsonKind::string ? 1 : node->extent);
}

struct JsonDocument {
  std::string file = {};
  std::vector<JsonNode> nodes = {};
  std::string characters = {};  ///< of all strings

  [[nodiscard]] std::string_view text_of(const JsonNode& string) const {
    return std::string_view(characters).substr(string.text, string.extent);
  }
};

/// Throws InputError as JsonView::parse() says.
[[nodiscard]] JsonDocument parse_json(std::string_view text, std::string file);
/// Where a value is, as a JSON pointer.
[[nodiscard]] std::string pointer_to(const JsonDocument& document, const JsonNode* value);
/// A value in one line.
[[nodiscard]] std::string json_line(const JsonDocument& document, const JsonNode& value);

}  // namespace cleave
