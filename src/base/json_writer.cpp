#include "base/json_writer.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace cleave {

std::string round_trip(double number) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  return {buffer, end};
}

namespace {

bool is_plain(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code >= 0x20 && code < 0x80 && c != '"' && c != '\\' && c != '<' && c != '&';
}

/// The first character of a text, escaped where JSON or HTML asks for it; of a byte that is no UTF-8, U+FFFD.
std::string escaped(std::string_view text) {
  const char c = text.front();
  const std::size_t length = utf8_character(text);
  if (length != 1) return length > 1 ? std::string(text.substr(0, length)) : "\\ufffd";
  if (c == '"' || c == '\\') return {'\\', c};
  return c == '\n' ? "\\n" : fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
}

/// Nearly every text is plain and is appended at once.
void append_quoted(std::string& to, std::string_view text) {
  to += '"';
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    to.append(text.substr(0, plain));
    if (plain == text.size()) break;
    text.remove_prefix(plain);
    to += escaped(text);
    text.remove_prefix(std::max<std::size_t>(1, utf8_character(text)));
  }
  to += '"';
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_items_.back()) text_ += ',';
  if (has_items_.size() > 1) (text_ += '\n').append(2 * (has_items_.size() - 1), ' ');
  has_items_.back() = true;
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  text_ += '{';
  has_items_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  const bool any = has_items_.back();
  has_items_.pop_back();
  if (any) (text_ += '\n').append(2 * (has_items_.size() - 1), ' ');
  text_ += '}';
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  separate();
  text_ += '[';
  has_items_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  const bool any = has_items_.back();
  has_items_.pop_back();
  if (any) (text_ += '\n').append(2 * (has_items_.size() - 1), ' ');
  text_ += ']';
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_quoted(text_, name);
  text_ += ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_quoted(text_, text);
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  separate();
  text_ += round_trip(number);
  return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number) {
  separate();
  text_ += std::to_string(number);
  return *this;
}

JsonWriter& JsonWriter::value(bool flag) {
  separate();
  text_ += flag ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  separate();
  text_ += "null";
  return *this;
}

}  // namespace cleave
