#pragma once
/// Small things about words.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// The candidate with the smallest edit distance to `word`; "" when there are none.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& candidates);
/// At most `width` characters, the rest replaced by "...".
[[nodiscard]] std::string ellipsis(std::string_view text, std::size_t width);
/// Bytes of the UTF-8 character that `text` begins with; 0 where it begins with none.
[[nodiscard]] std::size_t utf8_character(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);
/// With control characters escaped (`\x1b`), those in `kept` excepted: a terminal obeys them.
[[nodiscard]] std::string printable(std::string_view text, std::string_view kept = "");
/// Fields of one CSV line (RFC 4180 quoting).
[[nodiscard]] std::vector<std::string> split_csv_line(std::string_view line);
/// A CSV field, quoted where RFC 4180 asks for it.
[[nodiscard]] std::string csv_field(std::string_view text);
/// "12.3 ms", "1.50 GB": three digits and an SI prefix.
[[nodiscard]] std::string si(double value, std::string_view unit);
/// 64-bit FNV-1a, for telling whether two inputs are the same.
[[nodiscard]] std::uint64_t fnv1a(std::string_view bytes, std::uint64_t seed = 0xcbf29ce484222325ULL);

}  // namespace cleave
