#include "cli/search_options.hpp"

#include "cli/progress.hpp"
#include "cli/units.hpp"
#include "report/infeasibility.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>

namespace cleave::cli {
namespace {

constexpr Solver kSolvers[] = {Solver::automatic, Solver::exact, Solver::local, Solver::ilp};

/// Precondition: `name` is that of one of kSolvers.
Solver solver_of(const std::string& name) {
  return *std::find_if(std::begin(kSolvers), std::end(kSolvers),
                       [&](Solver solver) { return name_of(solver) == name; });
}

/// Who searches contiguous plans without having said so learns what others may be worth.
void suggest_free_plans(const Session& session, const Setting& setting, const SearchOptions& options,
                        const Frontier& frontier) {
  if (setting.cost.links) return;
  constexpr double worth_a_word = 0.02;
  double gap = 0;
  for (const FrontierPoint& point : frontier.points) gap = std::max(gap, point.any_gap);
  if (options.solver == name_of(Solver::automatic) && !std::isfinite(options.time_limit_s) && gap > worth_a_word)
    session.say(
        fmt::format("plans that are not contiguous may be better, by up to {:.0f} % somewhere on the frontier; "
                    "--solver local looks for them",
                    100 * gap));
}

Frontier explore_aloud(const Session& session, const Problem& problem, ExploreOptions how) {
  ProgressLine line(session);
  if (line.is_seen()) how.on_progress = [&](const Progress& progress) { line.show(progress); };
  return explore(problem, how);
}

}  // namespace

Setting read_in_time(const std::string& model, SearchOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  Setting setting = read_setting(model, options.cluster, options.batch);
  const double took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  options.time_limit_s = std::max(options.time_limit_s - took_s, options.time_limit_s / 10);
  return setting;
}

void add_search_options(CLI::App& verb, SearchOptions& options) {
  verb.add_option("-c,--cluster", options.cluster, "The devices: a cluster file or a shipped name")->required();
  verb.add_option("--time-limit", options.time_limit_s,
                  "Stop searching after this time, e.g. 500ms, 10s; what was found by then counts")
      ->transform(time_units());
  std::vector<std::string> names;
  for (const Solver solver : kSolvers) names.emplace_back(name_of(solver));
  verb.add_option("--solver", options.solver,
                  "exact: contiguous plans only; local: also any others, by local search; ilp: also all plans without "
                  "replicas, by integer programming, for as "
                  "long as it takes; auto: as far as it pays")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
}

Frontier search(const Session& session, const Setting& setting, const SearchOptions& options, const Limits& limits) {
  if (setting.cost.links && (options.solver == name_of(Solver::local) || options.solver == name_of(Solver::ilp)))
    throw UsageError(
        fmt::format("where devices have links, hosts or shared links, as in {}, contiguous plans are searched alone; "
                    "give --solver exact",
                    options.cluster));
  ExploreOptions how{.solver = solver_of(options.solver),
                     .latency = options.latency,
                     .time_limit_s = options.time_limit_s,
                     .seed = session.seed,
                     .threads = session.threads,
                     .stop = session.stop};
  Frontier frontier = explore_aloud(session, {.cost = setting.cost, .limits = limits}, how);
  suggest_free_plans(session, setting, options, frontier);
  for (const FrontierPoint& point : frontier.points) refuse_without_period(setting, point);
  if (!frontier.points.empty()) return frontier;
  if (session.stop.stop_requested()) return frontier;
  if (!frontier.complete) end_out_of_time();
  const Frontier unlimited = explore_aloud(session, {.cost = setting.cost}, how);
  if (!unlimited.points.empty()) throw InfeasibleError(explain_limits(limits, unlimited));
  throw InfeasibleError(explain_infeasible(setting, unlimited.exhaustive));
}

void end_out_of_time() {
  throw Error(ExitCode::interrupted, "out of time before a plan was found; allow it more time");
}

void end_interrupted() {
  throw Error(ExitCode::interrupted, "interrupted before a plan was found; nothing was written, run it again");
}

}  // namespace cleave::cli
