#include "cli/sweep_space.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/sweep_files.hpp"
#include "cli/sweep_progress.hpp"
#include "cli/text_table.hpp"
#include "report/infeasibility.hpp"
#include "space/space_csv.hpp"
#include "space/space_file.hpp"
#include "space/space_report.hpp"

#include <cleave/error.hpp>
#include <cleave/explore.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

namespace cleave::cli {
namespace {

namespace fs = std::filesystem;

constexpr PointState kStates[] = {PointState::kept,       PointState::dominated,   PointState::pruned,
                                  PointState::infeasible, PointState::quarantined, PointState::not_reached};

DesignSpace space_of(const std::vector<std::string>& models, const std::string& cluster, const SpaceRequest& request) {
  DesignSpace space{models, cluster, request.batches.front(), {}};
  if (!request.file.empty()) space.axes = parse_space(JsonView::read(request.file));
  for (const std::string& text : request.vary) space.axes.push_back(parse_axis(text));
  if (request.batches.size() > 1) {
    Axis axis{"batch", {}};
    for (const std::int64_t batch : request.batches) axis.values.push_back(fmt::to_string(batch));
    space.axes.push_back(std::move(axis));
  }
  if (!request.precisions.empty()) space.axes.push_back({"precision", request.precisions});
  return space;
}

/// The settings of points that have plans on the frontier, each made once, from what the search has read.
class Settings {
 public:
  Settings(const DesignSpace& space, Sources& sources, fs::path plans)
      : space_(space), index_(space), sources_(sources), plans_(std::move(plans)) {}

  const Setting& at(std::size_t point) {
    if (const auto found = settings_.find(point); found != settings_.end()) return found->second;
    const Design design = index_.design(point);
    const std::string cluster = cluster_of(space_, design);
    const Network& network = sources_.network(design.model, batch_of(space_, design));
    return settings_
        .emplace(point, make_setting(space_.models[design.model], cluster, network, sources_.cluster_named(cluster)))
        .first->second;
  }
  /// Of the point's plans.
  const PlanWriter& writer(std::size_t point) { return writers_.try_emplace(point, at(point), plans_).first->second; }

 private:
  const DesignSpace& space_;
  DesignIndex index_;
  Sources& sources_;
  fs::path plans_;
  std::map<std::size_t, Setting> settings_;
  std::map<std::size_t, PlanWriter> writers_;
};

std::size_t count(const SpaceResult& result, PointState state) {
  return static_cast<std::size_t>(std::count_if(result.points.begin(), result.points.end(),
                                                [&](const PointOutcome& point) { return point.state == state; }));
}

std::size_t plans_of(const SpaceResult& result) {
  std::size_t plans = 0;
  for (const auto& frontier : result.frontiers) plans += frontier.size();
  return plans;
}

/// Planned is what the others add up to.
std::string status_text(const SpaceResult& result) {
  const std::size_t pruned = count(result, PointState::pruned);
  const std::size_t quarantined = count(result, PointState::quarantined);
  const std::size_t left = count(result, PointState::not_reached);
  const std::size_t all = result.points.size();
  return fmt::format(
      "{} points planned = {} done + {} pruned + {} quarantined + {} left; {} plans on the frontier so far\n", all,
      all - pruned - quarantined - left, pruned, quarantined, left, plans_of(result));
}

void narrate(const Session& session, const SpaceResult& result) {
  std::string states;
  for (const PointState state : kStates)
    if (const std::size_t n = count(result, state)) states += fmt::format(", {} {}", n, name_of(state));
  session.say(fmt::format("{} points{}; {} plans on the frontier; {} searches, {}", result.points.size(), states,
                          plans_of(result), result.searches, si(result.elapsed_s, "s")));
}

/// That of the network itself: a measured cost table has its own, whatever the space says.
std::int64_t samples_of(const DesignSpace& space, const SpaceResult& result, const Design& design) {
  return result.sources->network(design.model, batch_of(space, design)).batch;
}

/// Share of the box between the best and the worst figures of any point.
double frontier_volume(const DesignSpace& space, const SpaceResult& result, std::size_t model) {
  const DesignIndex index(space);
  const Extent extent = extent_of(space, result, model);
  std::vector<DesignFigures> frontier;
  for (auto plan = result.frontiers[model].rbegin(); plan != result.frontiers[model].rend(); ++plan)
    frontier.push_back(
        {plan->plan.score.period_s / static_cast<double>(samples_of(space, result, index.design(plan->point))),
         plan->plan.score.energy_j, plan->plan.score.latency_s});
  return hypervolume(frontier, extent, result.objectives);
}

std::string table_text(const DesignSpace& space, const SpaceResult& result) {
  const DesignIndex index(space);
  std::vector<std::string> header = {"model", "inferences/s", "energy", "power", "devices"};
  if (result.objectives.latency) header.insert(header.begin() + 3, "latency");
  for (const Axis& axis : space.axes) header.push_back(axis.name);
  TextTable table(header);
  for (const auto& frontier : result.frontiers)
    for (const SpacePlan& plan : frontier) {
      const Design design = index.design(plan.point);
      const Score& score = plan.plan.score;
      const std::int64_t batch = samples_of(space, result, design);
      std::vector<std::string> row = {space.models[design.model], fmt::format("{:.4g}", score.throughput_per_s(batch)),
                                      si(score.energy_j, "J"), si(score.power_w(batch), "W"),
                                      fmt::to_string(score.devices_used)};
      if (result.objectives.latency) row.insert(row.begin() + 3, si(score.latency_s, "s"));
      for (std::size_t i = 0; i < space.axes.size(); ++i) row.push_back(space.axes[i].values[design.at[i]]);
      table.add(std::move(row));
    }
  return table.text();
}

void print_json(const DesignSpace& space, const SpaceResult& result, const fs::path& folder) {
  JsonWriter json;
  json.begin_object();
  for (const char* name : {"pareto", "points", "sensitivity"})
    if (result.figures || name != std::string_view("sensitivity"))
      json.field(name, (folder / fmt::format("{}.csv", name)).generic_string());
  json.field("design_points", result.points.size()).field("searches", result.searches);
  for (const PointState state : kStates)
    json.field(state == PointState::not_reached ? "not_reached" : name_of(state), count(result, state));
  json.field("elapsed_s", result.elapsed_s).field("pricing_s", result.pricing_s);
  json.field("complete", result.complete).key("frontiers").begin_array();
  for (std::size_t model = 0; model < space.models.size(); ++model) {
    json.begin_object().field("model", space.models[model]).field("points", result.frontiers[model].size());
    if (result.figures) json.field("hypervolume", frontier_volume(space, result, model));
    json.end_object();
  }
  json.end_array().end_object();
  print_data(json.text());
}

void write_all(const DesignSpace& space, const SpaceResult& result, const fs::path& folder) {
  Settings settings(space, *result.sources, folder / "plans");
  for (const auto& frontier : result.frontiers)
    for (const SpacePlan& plan : frontier) refuse_without_period(settings.at(plan.point), plan.plan);
  std::set<std::string> taken;
  std::vector<std::string> slugs;
  for (const std::string& model : space.models) slugs.push_back(slug_of(model, taken));
  SweepFolder files(folder);
  const auto plan_file = [&](std::size_t model, std::size_t i) { return plan_path(slugs[model], i); };
  for (std::size_t model = 0; model < result.frontiers.size(); ++model)
    for (std::size_t i = 0; i < result.frontiers[model].size(); ++i) {
      const SpacePlan& plan = result.frontiers[model][i];
      files.write(plan_file(model, i), settings.writer(plan.point).json(plan.plan));
    }
  files.write("points.csv", points_csv(space, result));
  if (result.figures) files.write("sensitivity.csv", sensitivity_csv(space, result));
  const auto setting = [&](std::size_t point) -> const Setting& { return settings.at(point); };
  files.write("pareto.csv", space_pareto_csv(space, result, plan_file, setting));
  const std::string title = fmt::format("{} on {}", fmt::join(slugs, ", "), space.cluster);
  files.write("report.html", render_space_report({title, space, result, plan_file, setting}));
  if (!result.complete) {
    std::set<std::string> reached;
    for (std::size_t model = 0; model < slugs.size(); ++model)
      if (!result.frontiers[model].empty()) reached.insert(slugs[model]);
    files.keep_all_but(reached);
  }
  files.commit();
}

/// The first point that has a reason, if there is one: one with devices, where some have.
std::optional<std::size_t> first_without_plans(const DesignSpace& space, const SpaceResult& result) {
  const DesignIndex index(space);
  std::optional<std::size_t> first;
  for (std::size_t point = 0; point < result.points.size(); ++point) {
    if (result.points[point].reason.empty()) continue;
    if (!first) first = point;
    const std::vector<int> counts = counts_at(space, index.design(point), result.sources->cluster());
    if (std::any_of(counts.begin(), counts.end(), [](int count) { return count > 0; })) return point;
  }
  return first;
}

/// Says of the first point what is in the way: its limits, or what keeps plans off its devices without them.
[[noreturn]] void refuse_without_plans(const DesignSpace& space, const SpaceResult& result,
                                       const SpaceOptions& options) {
  constexpr double enough_s = 10;
  const auto place = first_without_plans(space, result);
  if (!place) throw InfeasibleError("no point of the space has a plan");
  const PointOutcome& first = result.points[*place];
  const char* const at = result.points.size() > 1 ? "no point of the space has a plan; the first: " : "";
  if (first.state == PointState::infeasible) {
    Settings settings(space, *result.sources, {});
    const Setting& setting = settings.at(*place);
    const Frontier unlimited =
        explore({.cost = setting.cost}, {.solver = Solver::exact, .time_limit_s = enough_s, .stop = options.stop});
    if (unlimited.points.empty() && unlimited.complete)
      throw InfeasibleError(at + explain_infeasible(setting, unlimited.exhaustive));
  }
  throw InfeasibleError(at + first.reason);
}

}  // namespace

int sweep_space(const Session& session, const std::vector<std::string>& models, const SearchOptions& search,
                const SpaceRequest& request, const std::string& folder) {
  const DesignSpace space = space_of(models, search.cluster, request);
  SpaceOptions options{.limits = request.limits,
                       .objectives = {.latency = search.latency},
                       .method = request.method == "nsga2" ? SpaceMethod::nsga2 : SpaceMethod::exhaustive,
                       .evolution = {.evaluations = request.searches, .seed = session.seed},
                       .prune = !request.full,
                       .frontier_only = request.frontier_only,
                       .time_limit_s = search.time_limit_s,
                       .threads = session.threads,
                       .stop = session.stop};
  options.ledger = fs::path(folder) / "ledger";
  options.resume = request.resume || request.status;
  options.search = !request.status;
  options.rank = request.status ? Rank() : rank_here();
  SweepProgress progress(session);
  options.on_progress = [&](const SpaceProgress& now) { progress.show(now); };
  const SpaceResult result = search_space(space, options);
  progress.end();
  if (!result.merged) {
    session.say(fmt::format("rank {} of {}: its share is done, {}", options.rank.number, options.rank.of,
                            si(result.elapsed_s, "s")));
    return static_cast<int>(session.stop.stop_requested() ? ExitCode::interrupted : ExitCode::done);
  }
  if (request.status) {
    print(status_text(result));
    return static_cast<int>(ExitCode::done);
  }
  if (plans_of(result) == 0) {
    if (!result.complete && count(result, PointState::not_reached) > 0)
      throw Error(ExitCode::interrupted, fmt::format("{} before a plan was found; run it again with --resume",
                                                     session.stop.stop_requested() ? "interrupted" : "out of time"));
    refuse_without_plans(space, result, options);
  }
  write_all(space, result, folder);
  narrate(session, result);
  session.say(fmt::format("wrote {}", (fs::path(folder) / "pareto.csv").generic_string()));
  if (count(result, PointState::not_reached) > 0)
    session.say("not all points were reached; run it again with --resume to go on");
  else if (std::any_of(result.points.begin(), result.points.end(), std::mem_fn(&PointOutcome::stopped)))
    session.say("some points were not searched to the end; run it again with --resume to go on");
  if (const std::size_t points = count(result, PointState::quarantined))
    session.say(
        fmt::format("{} points are quarantined, as processes ended while they searched them: with more memory, "
                    "or fewer threads (-j), run it again with --resume to try once more",
                    points));
  if (session.json)
    print_json(space, result, folder);
  else
    print(table_text(space, result));
  return static_cast<int>(session.stop.stop_requested() ? ExitCode::interrupted : ExitCode::done);
}

}  // namespace cleave::cli
