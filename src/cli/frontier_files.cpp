#include "cli/frontier_files.hpp"

#include "base/json_writer.hpp"
#include "cli/sweep_files.hpp"
#include "cli/sweep_subclusters.hpp"
#include "report/html_report.hpp"
#include "report/pareto_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <set>

namespace cleave::cli {
namespace {

namespace fs = std::filesystem;

/// Numbered as the report numbers its points.
std::string plan_name(const Swept& swept, std::size_t index) { return plan_path(swept.slug, index); }

std::string certificate_name(const std::vector<Swept>& all, const Swept& swept) {
  return all.size() == 1 ? "certificate.json" : fmt::format("certificate_{}.json", swept.slug);
}

/// Where several networks have a report each, the page that leads to them.
std::string index_page(const std::vector<Swept>& all) {
  std::string items;
  for (const Swept& swept : all)
    items += fmt::format("<li><a href=\"report_{0}.html\">{0}</a>: {1} points</li>\n", swept.slug,
                         swept.frontier.points.size());
  return "<!doctype html>\n<html lang=\"en\"><meta "
         "charset=\"utf-8\"><title>Frontiers</title>\n<h1>Frontiers</h1>\n<ul>\n" +
         items + "</ul>\n</html>\n";
}

/// The rows of all frontiers in one order: by throughput.
std::string pareto_csv(const std::vector<Swept>& all) {
  std::vector<std::pair<double, std::string>> rows;
  for (const Swept& swept : all)
    for (std::size_t i = 0; i < swept.frontier.points.size(); ++i) {
      const FrontierPoint& point = swept.frontier.points[i];
      rows.emplace_back(point.score.throughput_per_s(swept.setting.cost.batch),
                        pareto_row(swept.setting, point, plan_name(swept, i)));
    }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string csv = pareto_header();
  for (const auto& row : rows) csv += row.second;
  return csv;
}

/// The rows of all networks. A plan that is on a whole cluster's frontier too has a file.
std::string subclusters_csv(const std::vector<Swept>& all) {
  std::string csv = subclusters_header(all.front().setting.devices);
  for (const Swept& swept : all) {
    if (!swept.subclusters) continue;
    const auto& points = swept.frontier.points;
    csv += subclusters_rows(swept.setting, *swept.subclusters, [&](const Plan& plan) {
      const auto same =
          std::find_if(points.begin(), points.end(), [&](const FrontierPoint& point) { return point.plan == plan; });
      return same == points.end() ? "" : plan_name(swept, static_cast<std::size_t>(same - points.begin()));
    });
  }
  return csv;
}

/// The rows of all networks, each by ascending throughput.
std::string uncertainty_csv(const std::vector<Swept>& all) {
  std::string csv = uncertainty_header();
  for (const Swept& swept : all)
    for (std::size_t i = 0; i < swept.uncertain.size(); ++i)
      csv += uncertainty_row(swept.setting, swept.frontier.points[i], swept.uncertain[i], plan_name(swept, i));
  return csv;
}

void write_plans(const Swept& swept, const fs::path& folder, SweepFolder& files) {
  const PlanWriter writer(swept.setting, folder / "plans");
  for (std::size_t i = 0; i < swept.frontier.points.size(); ++i)
    files.write(plan_name(swept, i), writer.json(swept.frontier.points[i]));
}

std::string report_of(const Swept& swept) {
  const auto known = baselines({.cost = swept.setting.cost});
  const std::string title = fmt::format("{} on {}", swept.setting.network.name, swept.setting.cluster);
  return render_report(
      {title, swept.setting.network, swept.setting.devices, swept.setting.cost, swept.frontier, known, swept.latency});
}

}  // namespace

void write_frontiers(const std::vector<Swept>& all, const fs::path& folder, bool subclusters, bool uncertain,
                     bool complete) {
  SweepFolder files(folder);
  for (const Swept& swept : all) {
    auto report = std::async(std::launch::async, [&] { return report_of(swept); });
    write_plans(swept, folder, files);
    if (!swept.certificate.empty()) files.write(certificate_name(all, swept), swept.certificate);
    files.write(all.size() == 1 ? "report.html" : fmt::format("report_{}.html", swept.slug), report.get());
  }
  if (all.size() > 1) files.write("report.html", index_page(all));
  files.write("pareto.csv", pareto_csv(all));
  if (subclusters) files.write("subclusters.csv", subclusters_csv(all));
  if (uncertain) files.write("uncertainty.csv", uncertainty_csv(all));
  if (!complete) {
    std::set<std::string> slugs;
    for (const Swept& swept : all) slugs.insert(swept.slug);
    files.keep_all_but(slugs);
  }
  files.commit();
}

std::string frontiers_json(const std::vector<Swept>& all, const fs::path& folder) {
  JsonWriter json;
  json.begin_object().field("pareto", (folder / "pareto.csv").generic_string());
  if (all.front().subclusters) json.field("subclusters", (folder / "subclusters.csv").generic_string());
  if (!all.front().uncertain.empty()) json.field("uncertainty", (folder / "uncertainty.csv").generic_string());
  json.key("frontiers").begin_array();
  for (const Swept& swept : all) {
    json.begin_object()
        .field("model", swept.setting.model)
        .field("cluster", swept.setting.cluster)
        .field("batch", swept.setting.cost.batch);
    json.field("points", swept.frontier.points.size()).field("ideals", swept.frontier.ideals);
    json.field("elapsed_s", swept.frontier.elapsed_s).field("complete", swept.frontier.complete).end_object();
  }
  json.end_array().end_object();
  return json.text();
}

}  // namespace cleave::cli
