// cleave sweep: the whole frontier, as CSV, plan files and a report.
#include "base/files.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/plan_text.hpp"
#include "cli/search_options.hpp"
#include "report/html_report.hpp"
#include "report/pareto_csv.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

namespace cleave::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  SearchOptions search;
  std::vector<std::string> models;
  std::string output;
};

struct Swept {
  Setting setting;
  Frontier frontier;
  std::string slug;  ///< what its plan files start with
};

/// "zoo:resnet50" -> "resnet50", "nets/a b.onnx" -> "a_b": safe in a file name, unique in `taken`.
std::string slug_of(const std::string& model, std::set<std::string>& taken) {
  std::string slug = model.starts_with("zoo:") ? model.substr(4) : fs::path(model).stem().string();
  std::replace_if(slug.begin(), slug.end(), [](unsigned char c) { return !std::isalnum(c) && c != '-' && c != '_' && c != '.'; }, '_');
  const std::string base = slug;
  for (int n = 2; !taken.insert(slug).second; ++n) slug = fmt::format("{}_{}", base, n);
  return slug;
}

/// Numbered as the report numbers its points.
std::string plan_name(const Swept& swept, std::size_t index) { return fmt::format("plans/{}_{:03}.json", swept.slug, index); }

/// Plan files of an earlier sweep would pass for this one's.
void remove_old_plans(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder / "plans", ignored))
    if (entry.path().extension() == ".json") fs::remove(entry.path(), ignored);
}

/// The rows of all frontiers in one order: by throughput.
std::string pareto_csv(const std::vector<Swept>& all) {
  std::vector<std::pair<double, std::string>> rows;
  for (const Swept& swept : all)
    for (std::size_t i = 0; i < swept.frontier.points.size(); ++i) {
      const FrontierPoint& point = swept.frontier.points[i];
      rows.emplace_back(point.score.throughput_per_s(swept.setting.cost.batch), pareto_row(swept.setting, point, plan_name(swept, i)));
    }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string csv = pareto_header();
  for (const auto& row : rows) csv += row.second;
  return csv;
}

void write_all(const std::vector<Swept>& all, const fs::path& folder) {
  remove_old_plans(folder);
  for (const Swept& swept : all) {
    for (std::size_t i = 0; i < swept.frontier.points.size(); ++i)
      write_file(folder / plan_name(swept, i), plan_json(swept.setting, swept.frontier.points[i], folder / "plans"));
    const auto known = baselines({.cost = swept.setting.cost});
    const std::string title = fmt::format("{} on {}", swept.setting.network.name, swept.setting.cluster);
    const std::string name = all.size() == 1 ? "report.html" : fmt::format("report_{}.html", swept.slug);
    write_file(folder / name, render_report({title, swept.setting.network, swept.setting.devices, swept.setting.cost, swept.frontier, known}));
  }
  write_file(folder / "pareto.csv", pareto_csv(all));
}

void narrate(const Session& session, const Swept& swept) {
  const auto& points = swept.frontier.points;
  const auto proven = std::count_if(points.begin(), points.end(), [](const FrontierPoint& point) { return point.proven; });
  const std::string searched = swept.frontier.ideals ? fmt::format("{} ideals", swept.frontier.ideals) : "one linear order";
  session.say(fmt::format("{} on {}: {} points, {} proven, {} operators, {}, {}", swept.setting.model, swept.setting.cluster, points.size(), proven,
                          swept.setting.network.operators.size(), searched, si(swept.frontier.elapsed_s, "s")));
}

void print_json(const std::vector<Swept>& all, const fs::path& folder) {
  JsonWriter json;
  json.begin_object().field("pareto", (folder / "pareto.csv").generic_string()).key("frontiers").begin_array();
  for (const Swept& swept : all) {
    json.begin_object().field("model", swept.setting.model).field("cluster", swept.setting.cluster).field("batch", swept.setting.cost.batch);
    json.field("points", swept.frontier.points.size()).field("ideals", swept.frontier.ideals);
    json.field("elapsed_s", swept.frontier.elapsed_s).field("complete", swept.frontier.complete).end_object();
  }
  json.end_array().end_object();
  print(json.text());
}

int run(const Session& session, const Options& options) {
  std::vector<Swept> all;
  std::set<std::string> slugs;
  for (const std::string& model : options.models) {
    Setting setting = read_setting(model, options.search.cluster, options.search.batch);
    Frontier frontier = search(session, setting, options.search);
    if (!frontier.points.empty()) {
      all.push_back({std::move(setting), std::move(frontier), slug_of(model, slugs)});
      narrate(session, all.back());
    }
    if (session.stop.stop_requested()) break;
  }
  if (all.empty()) end_interrupted();
  write_all(all, options.output);
  session.say(fmt::format("wrote {}", (fs::path(options.output) / "pareto.csv").generic_string()));
  if (session.json) print_json(all, options.output);
  else
    for (const Swept& swept : all) print(frontier_text(swept.setting, swept.frontier));
  return static_cast<int>(session.stop.stop_requested() ? ExitCode::interrupted : ExitCode::done);
}

}  // namespace

void add_sweep(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(app, session, "sweep", "Find the whole frontier: DIR/pareto.csv, DIR/plans/*.json, DIR/report.html");
  verb->add_option("MODEL", options->models, "The networks, each on the whole cluster")->required();
  add_search_options(*verb, options->search);
  verb->add_option("-o,--output", options->output, "The folder to write to")->required();
  verb->callback([options, &session] { session.action = [options, &session] { return run(session, *options); }; });
}

}  // namespace cleave::cli
