#include "cli/sweep_joint.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/progress.hpp"
#include "cli/sweep_files.hpp"
#include "cli/text_table.hpp"
#include "report/infeasibility.hpp"
#include "report/pareto_csv.hpp"

#include <cleave/error.hpp>
#include <cleave/joint.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cleave::cli {
namespace {

namespace fs = std::filesystem;

/// A network, and what is asked of it.
struct Asked {
  Setting setting;
  double rate_per_s = 0;
  std::string slug;  ///< what its plan files start with
};

std::vector<Asked> read_all(const SearchOptions& search, const std::vector<std::string>& models,
                            const std::vector<double>& rates_per_s) {
  if (rates_per_s.size() != models.size())
    throw UsageError(fmt::format("--rate has {} rates for {} networks; give one for each, joined by commas",
                                 rates_per_s.size(), models.size()));
  std::vector<Asked> all;
  std::set<std::string> slugs;
  for (std::size_t i = 0; i < models.size(); ++i)
    all.push_back({read_setting(models[i], search.cluster, search.batch), rates_per_s[i], slug_of(models[i], slugs)});
  return all;
}

JointFrontier place(const Session& session, const SearchOptions& search, const std::vector<Asked>& all) {
  std::vector<JointNetwork> networks;
  for (const Asked& asked : all) networks.push_back({asked.setting.cost, asked.rate_per_s});
  ExploreOptions how{.time_limit_s = search.time_limit_s, .threads = session.threads, .stop = session.stop};
  ProgressLine line(session);
  how.on_progress = [&](const Progress& progress) { line.show(progress); };
  return place_jointly(networks, how);
}

/// Why there is no point.
[[noreturn]] void explain_none(const Session& session, const std::vector<Asked>& all, const JointFrontier& frontier) {
  if (session.stop.stop_requested()) end_interrupted();
  const std::string& cluster = all.front().setting.cluster;
  if (!frontier.complete && frontier.best_headroom == 0) end_out_of_time();
  if (frontier.best_headroom > 0) {
    std::string share = fmt::format("{:.4g}", frontier.best_headroom);
    if (share == "1") share = round_trip(frontier.best_headroom);
    if (!frontier.complete)
      throw Error(ExitCode::interrupted,
                  fmt::format("out of time before the rates were met on {}: the best placement so far reaches {} of "
                              "them; allow it more time",
                              cluster, share));
    throw InfeasibleError(fmt::format("the rates cannot be met on {}: the best placement{} reaches {} of them", cluster,
                                      frontier.exhaustive ? "" : " found", share));
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!frontier.runs[i]) throw InfeasibleError(explain_infeasible(all[i].setting, frontier.exhaustive));
  throw InfeasibleError(fmt::format(
      "the networks do not run side by side on {}: each fits alone, but together they need more devices than its {}; "
      "the best placement reaches 0 of the rates",
      cluster, [&] {
        int devices = 0;
        for (const ClassCost& device : all.front().setting.cost.classes) devices += device.count;
        return devices;
      }()));
}

/// One row per point and network, all by ascending throughput.
std::string joint_csv(const std::vector<Asked>& all, const JointFrontier& frontier) {
  std::vector<std::pair<double, std::string>> rows;
  for (std::size_t n = 0; n < frontier.points.size(); ++n) {
    const JointPoint& point = frontier.points[n];
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Setting& setting = all[i].setting;
      std::string row = pareto_row(setting, point.parts[i], plan_path(all[i].slug, n));
      row.pop_back();  // the line's end
      row += fmt::format(",{},{},{},{},{}\n", n, round_trip(all[i].rate_per_s), round_trip(point.headroom),
                         round_trip(point.power_w), frontier.exhaustive ? 1 : 0);
      rows.emplace_back(point.parts[i].score.throughput_per_s(setting.cost.batch), std::move(row));
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string csv = pareto_header();
  csv.pop_back();
  csv += ",joint,rate_per_s,headroom,power_joint_w,joint_proven\n";
  for (const auto& row : rows) csv += row.second;
  return csv;
}

void write_all(const std::vector<Asked>& all, const JointFrontier& frontier, const fs::path& folder) {
  SweepFolder files(folder);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const PlanWriter writer(all[i].setting, folder / "plans");
    for (std::size_t n = 0; n < frontier.points.size(); ++n)
      files.write(plan_path(all[i].slug, n), writer.json(frontier.points[n].parts[i]));
  }
  files.write("pareto.csv", joint_csv(all, frontier));
  files.commit();
}

void print_json(const JointFrontier& frontier, const std::vector<Asked>& all, const fs::path& folder) {
  JsonWriter json;
  json.begin_object().field("pareto", (folder / "pareto.csv").generic_string()).key("networks").begin_array();
  for (const Asked& asked : all)
    json.begin_object()
        .field("model", asked.setting.model)
        .field("cluster", asked.setting.cluster)
        .field("batch", asked.setting.cost.batch)
        .field("rate_per_s", asked.rate_per_s)
        .end_object();
  json.end_array().field("points", frontier.points.size()).field("best_headroom", frontier.best_headroom);
  json.field("proven", frontier.exhaustive).field("elapsed_s", frontier.elapsed_s);
  json.field("complete", frontier.complete).end_object();
  print_data(json.text());
}

/// The devices that a plan uses: "2 npu + 1 cpu".
std::string devices_text(const Setting& setting, const Plan& plan) {
  IndexVector<ClassId, int> used(setting.cost.classes.size(), 0);
  for (const Stage& stage : plan.stages) used[setting.cost.modes[stage.mode].device_class] += stage.replicas;
  std::vector<std::string> parts;
  for (const ClassId device : used.ids())
    if (used[device] > 0) parts.push_back(fmt::format("{} {}", used[device], setting.devices.classes[device].name));
  return fmt::format("{}", fmt::join(parts, " + "));
}

std::string joint_text(const std::vector<Asked>& all, const JointFrontier& frontier) {
  std::vector<std::string> header = {"joint", "headroom", "power"};
  for (const Asked& asked : all) header.push_back(asked.slug);
  TextTable table(header);
  for (std::size_t n = 0; n < frontier.points.size(); ++n) {
    const JointPoint& point = frontier.points[n];
    std::vector<std::string> row = {fmt::to_string(n), fmt::format("{:.4g}", point.headroom), si(point.power_w, "W")};
    for (std::size_t i = 0; i < all.size(); ++i) row.push_back(devices_text(all[i].setting, point.parts[i].plan));
    table.add(std::move(row));
  }
  return table.text();
}

}  // namespace

int sweep_jointly(const Session& session, const SearchOptions& search, const std::vector<std::string>& models,
                  const std::vector<double>& rates_per_s, const std::string& folder) {
  const std::vector<Asked> all = read_all(search, models, rates_per_s);
  const JointFrontier frontier = place(session, search, all);
  if (frontier.points.empty()) explain_none(session, all, frontier);
  for (const JointPoint& point : frontier.points)
    for (std::size_t i = 0; i < all.size(); ++i) refuse_without_period(all[i].setting, point.parts[i]);
  write_all(all, frontier, folder);
  session.say(fmt::format("{} networks on {}: {} joint points, {}, {}", all.size(), search.cluster,
                          frontier.points.size(), frontier.exhaustive ? "proven" : "not proven",
                          si(frontier.elapsed_s, "s")));
  session.say(fmt::format("wrote {}", (fs::path(folder) / "pareto.csv").generic_string()));
  if (session.json)
    print_json(frontier, all, folder);
  else
    print(joint_text(all, frontier));
  return static_cast<int>(session.stop.stop_requested() ? ExitCode::interrupted : ExitCode::done);
}

}  // namespace cleave::cli
