#pragma once
/// Plans that are safe to work with.

#include "report/plan_file.hpp"

#include <string>
#include <vector>

namespace cleave::cli {

/// What is wrong with a plan: illegal, or its score is not what it has (see check), or what the file derives from its
/// score does not follow. Empty where nothing is.
[[nodiscard]] std::vector<std::string> complaints_about(const PlanFile& file);

/// A plan file that `check` has no complaint about: what evaluates, simulates or runs a plan relies on it.
/// Throws InputError as read_plan does, and VerificationError with the first complaint.
[[nodiscard]] PlanFile read_legal_plan(const std::string& path);

}  // namespace cleave::cli
