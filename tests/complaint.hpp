#pragma once
/// What is said about bad input.

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

}  // namespace cleave
