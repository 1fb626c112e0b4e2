#include "cli/calibration_text.hpp"

#include "cli/text_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cleave::cli {
namespace {

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

/// Empty where nothing was held out, or all of it is equal.
std::string rank_correlation(const ClassErrors& errors) {
  if (!errors.held_out || !errors.held_out->spearman) return "";
  return fmt::format("{:.4f}", *errors.held_out->spearman);
}

}  // namespace

std::string calibration_text(const Calibration& calibration) {
  TextTable table(
      {"operators", "precision", "samples", "mean error", "held out: mean", "median", "p90", "Spearman", "correction"},
      {0, 1});
  std::string kept;
  for (const ClassErrors& one : calibration.errors) {
    const auto held_out = [&](double Agreement::*error) { return one.held_out ? percent(*one.held_out.*error) : ""; };
    table.add({one.operators, std::string(name_of(one.precision)), fmt::to_string(one.samples),
               percent(one.in_sample.mape), held_out(&Agreement::mape), held_out(&Agreement::median),
               held_out(&Agreement::p90), rank_correlation(one), one.corrected ? "yes" : "no"});
    if (!one.kept.empty())
      kept += fmt::format("{} at {}: too few measurements for {}\n", one.operators, name_of(one.precision),
                          fmt::join(one.kept, ", "));
  }
  return table.text() + (kept.empty() ? "" : "\n" + kept);
}

std::string calibration_json(const Calibration& calibration, const CalibrateOptions& options,
                             const std::string& output) {
  JsonWriter json;
  json.begin_object().field("profile", output);
  write_errors(json.key("errors"), calibration, options);
  json.end_object();
  return json.text();
}

}  // namespace cleave::cli
