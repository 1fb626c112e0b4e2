#include "cli/legal_plan.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

namespace cleave::cli {

std::vector<std::string> complaints_about(const PlanFile& file) {
  auto complaints = check({.cost = file.setting.cost}, file.point.plan, file.point.score, names_in(file.setting));
  complaints.insert(complaints.end(), file.contradictions.begin(), file.contradictions.end());
  return complaints;
}

PlanFile read_legal_plan(const std::string& path) {
  PlanFile file = read_plan(path);
  const auto complaints = complaints_about(file);
  if (!complaints.empty()) throw VerificationError(fmt::format("{}: {}", path, complaints.front()));
  return file;
}

}  // namespace cleave::cli
