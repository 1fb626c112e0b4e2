#pragma once
/// Each number of `cleave cost` back to the profile fields that it comes from, and to their sources.

#include "cli/quantities.hpp"

#include <cleave/cost_table.hpp>

#include <string>
#include <vector>

namespace cleave::cli {

/// An operator with its cost, and for each part of it the fields behind it (empty unless asked for).
struct Priced {
  const Operator* op = nullptr;
  OperatorCost cost = {};
  std::vector<std::vector<std::string>> fields = {};
};

/// The fields behind any of the rows, each once, by name.
[[nodiscard]] Quantities fields_used(const std::vector<Priced>& rows, const Profile& profile);

/// Operator by operator: its parts, each with its fields; then the fields with their intervals and sources.
[[nodiscard]] std::string sources_text(const std::vector<Priced>& rows, const Profile& profile);

}  // namespace cleave::cli
