#include "space/space_csv.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "report/pareto_csv.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {
namespace {

std::string axis_values(const DesignSpace& space, const Design& design, bool batch) {
  std::string text;
  for (std::size_t i = 0; i < space.axes.size(); ++i)
    if (batch || !space.axes[i].is_batch()) text += "," + csv_field(space.axes[i].values[design.at[i]]);
  return text;
}

std::string axis_names(const DesignSpace& space, bool batch) {
  std::string text;
  for (const Axis& axis : space.axes)
    if (batch || !axis.is_batch()) text += "," + csv_field(axis.name);
  return text;
}

/// A line without its end.
std::string chopped(std::string line) {
  line.pop_back();
  return line;
}

/// The best of each figure, and the hypervolume; empty fields where there is no plan.
std::string best_figures(const std::vector<DesignFigures>& frontier, const Extent& extent, Objectives objectives) {
  if (frontier.empty()) return objectives.latency ? ",,,," : ",,,";
  std::string text = fmt::format(",{},{}", round_trip(1 / frontier.front().period_s),
                                 round_trip(least(frontier, &DesignFigures::energy_j)));
  if (objectives.latency) text += "," + round_trip(least(frontier, &DesignFigures::latency_s));
  return text + "," + round_trip(hypervolume(frontier, extent, objectives));
}

}  // namespace

std::string space_pareto_csv(const DesignSpace& space, const SpaceResult& result,
                             const std::function<std::string(std::size_t, std::size_t)>& plan_file,
                             const std::function<const Setting&(std::size_t)>& setting) {
  const DesignIndex index(space);
  std::vector<std::pair<double, std::string>> rows;
  for (std::size_t model = 0; model < result.frontiers.size(); ++model)
    for (std::size_t i = 0; i < result.frontiers[model].size(); ++i) {
      const SpacePlan& plan = result.frontiers[model][i];
      const Setting& where = setting(plan.point);
      rows.emplace_back(plan.plan.score.throughput_per_s(where.cost.batch),
                        chopped(pareto_row(where, plan.plan, plan_file(model, i))) +
                            axis_values(space, index.design(plan.point), false) + "\n");
    }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string csv = chopped(pareto_header()) + axis_names(space, false) + "\n";
  for (const auto& row : rows) csv += row.second;
  return csv;
}

std::string points_csv(const DesignSpace& space, const SpaceResult& result) {
  const DesignIndex index(space);
  std::vector<Extent> extents;
  for (std::size_t model = 0; model < space.models.size(); ++model) extents.push_back(extent_of(space, result, model));
  std::string csv = "model" + axis_names(space, true) + ",state,reason,plans,best_throughput_per_s,least_energy_j" +
                    (result.objectives.latency ? ",least_latency_s" : "") +
                    ",hypervolume,cost_usd,area_mm2,energy_origin\n";
  for (std::size_t i = 0; i < result.points.size(); ++i) {
    const Design design = index.design(i);
    const PointOutcome& point = result.points[i];
    csv += csv_field(space.models[design.model]) + axis_values(space, design, true);
    csv += fmt::format(",{},{},", name_of(point.state), csv_field(point.reason));
    if (result.figures) csv += fmt::to_string(point.frontier.size());
    csv += best_figures(point.frontier, extents[design.model], result.objectives);
    for (const auto& total : {point.totals.cost_usd, point.totals.area_mm2})
      csv += total ? "," + round_trip(*total) : ",";
    csv += fmt::format(",{}\n", point.energy_origin);
  }
  return csv;
}

std::string sensitivity_csv(const DesignSpace& space, const SpaceResult& result) {
  const bool latency = result.objectives.latency;
  std::string csv = fmt::format("model,axis,from,to,pairs,throughput_ratio,energy_ratio,{}hypervolume_change\n",
                                latency ? "latency_ratio," : "");
  for (const AxisStep& step : sensitivity(space, result)) {
    const Axis& axis = space.axes[step.axis];
    csv += fmt::format("{},{},{},{},{},{},{},{}{}\n", csv_field(space.models[step.model]), csv_field(axis.name),
                       csv_field(axis.values[step.from]), csv_field(axis.values[step.from + 1]), step.pairs,
                       round_trip(step.throughput_ratio), round_trip(step.energy_ratio),
                       latency ? round_trip(step.latency_ratio) + "," : "", round_trip(step.hypervolume_change));
  }
  return csv;
}

}  // namespace cleave
