#pragma once
/// What is said about bad input, and about requests that make no sense.

#include <cleave/error.hpp>

#include <string>

namespace cleave {

/// The message of the InputError that `action` throws; "no complaint" when it throws none.
template <class Action>
std::string complaint_of(Action action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no complaint";
}

/// The same of an UsageError.
template <class Action>
std::string refusal_of(Action action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no complaint";
}

}  // namespace cleave
