/// Prints docs/operators.md: what each backend computes, by the ONNX project's own test cases.

#include "runtime/conformance.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

namespace cleave::conformance {
namespace {

/// One operator type and one backend.
struct Support {
  bool claimed = false;
  std::size_t passed = 0;
  std::map<std::string, std::size_t> refused;  ///< cases by reason
};

struct Survey {
  std::map<std::string, std::map<std::string, Support>> by_type;  ///< type, backend
  std::map<std::string, std::map<Verdict, std::size_t>> totals;   ///< backend
  std::vector<std::string> unreadable;                            ///< "folder/name: sentence"
};

void survey_case(const Case& item, Survey& survey) {
  if (!item.graph) survey.unreadable.push_back(fmt::format("`{}/{}`: {}", item.folder, item.name, item.refusal));
  for (const Subject& subject : subjects()) {
    const Result result = run_case(item, subject);
    ++survey.totals[subject.name][result.verdict];
    if (!result.operator_type.empty()) ++survey.by_type[result.operator_type][subject.name].refused[result.reason];
    if (result.verdict != Verdict::passed) continue;
    for (const std::string& type : operator_types(item)) ++survey.by_type[type][subject.name].passed;
  }
}

Survey make_survey() {
  Survey survey;
  for (const Subject& subject : subjects()) {
    for (const std::string& type : subject.types) survey.by_type[type][subject.name].claimed = true;
  }
  for (const std::string& folder : folders()) {
    for (const Case& item : read_cases(folder)) survey_case(item, survey);
  }
  return survey;
}

std::string row(const std::string& type, std::map<std::string, Support> support) {
  std::string claims, passed, refused;
  for (const Subject& subject : subjects()) {
    const Support& own = support[subject.name];
    claims += own.claimed ? " yes |" : " - |";
    passed += fmt::format("{}{}", passed.empty() ? "" : " / ", own.passed);
    if (!own.claimed) continue;
    for (const auto& [reason, count] : own.refused) {
      refused += fmt::format("{}{}: {} ({})", refused.empty() ? "" : "; ", subject.name, count, reason);
    }
  }
  return fmt::format("| {} |{} {} | {} |\n", type, claims, passed, refused);
}

bool is_claimed(const std::map<std::string, Support>& support) {
  return std::ranges::any_of(support, [](const auto& entry) { return entry.second.claimed; });
}

std::string joined_names(const std::string& separator) {
  std::string names;
  for (const Subject& subject : subjects()) names += (names.empty() ? "" : separator) + subject.name;
  return names;
}

std::string page(const Survey& survey) {
  std::string text =
      "# Operators\n\n"
      "What each backend computes, and how many of ONNX 1.12's own test cases (Debian package `libonnx-testdata`) "
      "with\n"
      "that operator pass. A case that a backend claims and does not pass is a failing test. The reader computes what\n"
      "depends on constants alone, so no case of Constant or Shape reaches a backend. cim is a crossbar chip whose\n"
      "converters read every sum as it is, so that results differ by the rounding of 8-bit inputs and weights only "
      "(at\n"
      "most 2 % of the largest); a yes means that it has a kernel there. What is no product there, and what has no\n"
      "kernel in OpenCL, runs on the kernels of cpu. Made by `scripts/list_operators`.\n\n";
  for (auto [backend, verdicts] : survey.totals) {
    text += fmt::format("- {}: {} cases pass, {} fail, {} are not supported\n", backend, verdicts[Verdict::passed],
                        verdicts[Verdict::failed], verdicts[Verdict::unsupported]);
  }
  text += fmt::format("\n| operator | {} | cases passed ({}) | cases refused (why) |\n|---|", joined_names(" | "),
                      joined_names(" / "));
  for (std::size_t i = 0; i < subjects().size(); ++i) text += "---|";
  text += "---|---|\n";
  std::string others;
  for (const auto& [type, support] : survey.by_type) {
    if (is_claimed(support)) {
      text += row(type, support);
    } else {
      others += (others.empty() ? "" : ", ") + type;
    }
  }
  text += fmt::format("\nIn the cases, but in no backend: {}.\n", others);
  text +=
      fmt::format("\n## Models that are not read\n\n{} of the cases, for every backend:\n\n", survey.unreadable.size());
  for (const std::string& line : survey.unreadable) text += "- " + line + '\n';
  return text;
}

}  // namespace
}  // namespace cleave::conformance

int main() {
  if (!cleave::conformance::installed()) {
    std::fputs("libonnx-testdata is not installed\n", stderr);
    return 2;
  }
  std::fputs(cleave::conformance::page(cleave::conformance::make_survey()).c_str(), stdout);
  return 0;
}
