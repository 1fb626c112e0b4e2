#include "cli/uncertainty_text.hpp"

#include "base/text.hpp"
#include "cli/text_table.hpp"

#include <fmt/format.h>

#include <cmath>

namespace cleave::cli {
namespace {

/// "-" where the plan runs in no sample.
std::string range(const Spread& spread, std::string_view unit) {
  if (!std::isfinite(spread.low)) return "-";
  return fmt::format("{} .. {}", si(spread.low, unit), si(spread.high, unit));
}

}  // namespace

std::string uncertainty_text(const Setting& setting, const Frontier& frontier,
                             const std::vector<PointUncertainty>& points) {
  TextTable table({"period", "5 % .. 95 %", "energy", "5 % .. 95 %", "runs", "on frontier"}, {});
  for (std::size_t i = 0; i < points.size(); ++i)
    table.add({si(frontier.points[i].score.period_s, "s"), range(points[i].period_s, "s"),
               si(frontier.points[i].score.energy_j, "J"), range(points[i].energy_j, "J"),
               fmt::format("{:.0f} %", 100 * points[i].runs), fmt::format("{:.0f} %", 100 * points[i].on_frontier)});
  return fmt::format("\n{} on {}, {} samples of the intervals:\n{}", setting.model, setting.cluster,
                     points.front().samples, table.text());
}

}  // namespace cleave::cli
