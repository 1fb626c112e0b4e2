#pragma once
/// Plans that are safe to work with.

#include "report/plan_file.hpp"

#include <string>

namespace cleave::cli {

/// A plan file that `check` has no complaint about: what evaluates, simulates or runs a plan relies on it.
/// Throws InputError as read_plan does, and VerificationError with the first complaint.
[[nodiscard]] PlanFile read_legal_plan(const std::string& path);

}  // namespace cleave::cli
