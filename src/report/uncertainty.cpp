#include "report/uncertainty.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "devices/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace cleave {
namespace {

struct Figures {
  double period_s = 0, energy_j = 0, latency_s = 0;
};

/// Nothing where the plan does not run with these numbers.
std::optional<Figures> figures_of(const CostTable& cost, const Plan& plan) {
  const Score score = evaluate(cost, plan);
  if (!std::isfinite(score.period_s) || !std::isfinite(score.energy_j)) return std::nullopt;
  for (std::size_t i = 0; i < plan.stages.size(); ++i)
    if (score.stages[i].memory_bytes > cost.classes[cost.modes[plan.stages[i].mode].device_class].memory_bytes)
      return std::nullopt;
  return Figures{score.period_s, score.energy_j, score.latency_s};
}

bool beats(const Figures& a, const Figures& b, bool latency) {
  const bool no_worse =
      a.period_s <= b.period_s && a.energy_j <= b.energy_j && (!latency || a.latency_s <= b.latency_s);
  const bool better = a.period_s < b.period_s || a.energy_j < b.energy_j || (latency && a.latency_s < b.latency_s);
  return no_worse && better;
}

/// Nearest rank.
Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {kCannot, kCannot};
  std::sort(values.begin(), values.end());
  const auto at = [&](double q) {
    return values[static_cast<std::size_t>(std::max(1.0, std::ceil(q * static_cast<double>(values.size())))) - 1];
  };
  return {at(0.05), at(0.95)};
}

/// The samples of one point.
struct Tally {
  std::vector<double> period_s, energy_j;
  std::size_t on_frontier = 0;
};

void count_sample(const CostTable& cost, const Frontier& frontier, bool latency, std::vector<Tally>& tallies) {
  std::vector<std::optional<Figures>> figures;
  for (const FrontierPoint& point : frontier.points) figures.push_back(figures_of(cost, point.plan));
  for (std::size_t i = 0; i < figures.size(); ++i) {
    if (!figures[i]) continue;
    tallies[i].period_s.push_back(figures[i]->period_s);
    tallies[i].energy_j.push_back(figures[i]->energy_j);
    tallies[i].on_frontier += std::none_of(figures.begin(), figures.end(), [&](const std::optional<Figures>& other) {
      return other && beats(*other, *figures[i], latency);
    });
  }
}

/// A number of a CSV file; empty where the plan never runs.
std::string number(double value) { return std::isfinite(value) ? round_trip(value) : ""; }

}  // namespace

std::vector<PointUncertainty> uncertainty(const Network& network, const Cluster& cluster, const Frontier& frontier,
                                          const UncertaintyOptions& options) {
  std::vector<Tally> tallies(frontier.points.size());
  std::size_t drawn = 0;
  for (; drawn < options.samples && !(options.give_up && options.give_up()); ++drawn)
    count_sample(make_cost_table(network, sample_cluster(cluster, options.seed, drawn)), frontier, options.latency,
                 tallies);
  const auto share = [&](std::size_t count) {
    return static_cast<double>(count) / static_cast<double>(std::max<std::size_t>(drawn, 1));
  };
  std::vector<PointUncertainty> points;
  for (const Tally& tally : tallies)
    points.push_back({drawn, share(tally.period_s.size()), share(tally.on_frontier), spread_of(tally.period_s),
                      spread_of(tally.energy_j)});
  return points;
}

std::string uncertainty_header() {
  return "model,cluster,batch,plan,samples,runs,on_frontier,period_s,period_low_s,period_high_s,energy_j,energy_low_j,"
         "energy_high_j\n";
}

std::string uncertainty_row(const Setting& setting, const FrontierPoint& point, const PointUncertainty& uncertain,
                            const std::string& plan) {
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(setting.model), csv_field(setting.cluster),
                     setting.cost.batch, csv_field(plan), uncertain.samples, round_trip(uncertain.runs),
                     round_trip(uncertain.on_frontier), round_trip(point.score.period_s),
                     number(uncertain.period_s.low), number(uncertain.period_s.high), round_trip(point.score.energy_j),
                     number(uncertain.energy_j.low), number(uncertain.energy_j.high));
}

}  // namespace cleave
