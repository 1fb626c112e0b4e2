#pragma once
/// Damaged input, and what the reader says about it.

#include "complaint.hpp"

#include <string>

namespace cleave {

/// `text` with the first occurrence of `from` replaced; fails loudly when there is none.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace cleave
