#pragma once
/// Writing JSON: fixed key order, numbers that read back to the same bits.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// Appends to one string, indented by two spaces. The caller opens and closes in balance.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);  ///< infinity and nan become null
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(bool flag);
  JsonWriter& null();
  template <std::integral T>
  JsonWriter& value(T number) {
    return value(static_cast<std::int64_t>(number));
  }

  /// key and value in one.
  template <class T>
  JsonWriter& field(std::string_view name, const T& item) {
    return key(name).value(item);
  }

  /// The document, with a final newline.
  [[nodiscard]] std::string text() const { return text_ + "\n"; }

 private:
  void separate();
  std::string text_;
  std::vector<bool> has_items_ = {false};
  bool after_key_ = false;
};

/// Shortest decimal text that reads back to the same double.
[[nodiscard]] std::string round_trip(double number);
/// `text` as a JSON string literal, quotes included; safe inside an HTML script element.
[[nodiscard]] std::string json_quoted(std::string_view text);

}  // namespace cleave
