#pragma once
/// What the reader says about bad input.

#include <cleave/error.hpp>

#include <string>

namespace cleave {

/// The message of the InputError that `action` throws; "no complaint" when it throws none.
template <class Action>
std::string complaint(Action action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no complaint";
}

/// `text` with the first occurrence of `from` replaced; fails loudly when there is none.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace cleave
