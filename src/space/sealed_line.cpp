#include "space/sealed_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace cleave {
namespace {

/// FNV-1a of words instead of bytes, with the high half, where its products mix best, folded into the low one. Each
/// step is a bijection of the hash and of the word: what differs in one word never has the same hash.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ text.size();
  while (!text.empty()) {
    std::uint64_t word = 0;
    const std::size_t bytes = std::min(text.size(), sizeof word);
    std::memcpy(&word, text.data(), bytes);
    text.remove_prefix(bytes);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
    hash ^= hash >> 32;
  }
  return hash;
}

std::string seal_of(std::string_view open) { return fmt::format(R"(,"check":"{:016x}"}})", hash_of(open)); }

constexpr std::size_t kSealBytes = std::string_view(R"(,"check":"0123456789abcdef"})").size();

}  // namespace

std::string sealed(std::string line) {
  line.pop_back();  // the brace
  return line += seal_of(line);
}

bool is_sealed(std::string_view line) {
  if (line.size() < kSealBytes) return false;
  const std::size_t open = line.size() - kSealBytes;
  return line.substr(open) == seal_of(line.substr(0, open));
}

}  // namespace cleave
