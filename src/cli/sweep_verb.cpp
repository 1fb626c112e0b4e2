// cleave sweep: the whole frontier, as CSV, plan files and a report.
#include "base/text.hpp"
#include "cli/certificates.hpp"
#include "cli/comma_list.hpp"
#include "cli/frontier_files.hpp"
#include "cli/kept_inputs.hpp"
#include "cli/plan_text.hpp"
#include "cli/progress.hpp"
#include "cli/search_options.hpp"
#include "cli/sweep_files.hpp"
#include "cli/sweep_joint.hpp"
#include "cli/sweep_space.hpp"
#include "cli/uncertainty_text.hpp"
#include "cli/units.hpp"
#include "report/uncertainty.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>

namespace cleave::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  SearchOptions search;
  std::vector<std::string> models;
  std::string output;
  std::string progress = "auto";
  bool subclusters = false;
  bool certificate = false;
  SpaceRequest space;
  std::size_t uncertainty = 0;      ///< samples of the intervals; 0: none
  std::vector<double> rates_per_s;  ///< empty: each network has the cluster to itself
};

void narrate(const Session& session, const Swept& swept) {
  const auto& points = swept.frontier.points;
  const auto proven =
      std::count_if(points.begin(), points.end(), [](const FrontierPoint& point) { return point.proven; });
  const std::string searched =
      swept.frontier.ideals ? fmt::format("{} ideals", swept.frontier.ideals) : "a beam of ideals";
  session.say(fmt::format("{} on {}: {} points, {} proven, {} operators, {}, {}", swept.setting.model,
                          swept.setting.cluster, points.size(), proven, swept.setting.network.operators.size(),
                          searched, si(swept.frontier.elapsed_s, "s")));
}

/// In what time the frontier left.
Subclusters search_subclusters(const Session& session, const Options& options, const Swept& swept) {
  const double left_s = std::max(0.0, options.search.time_limit_s - swept.frontier.elapsed_s);
  ExploreOptions how{
      .latency = options.search.latency, .time_limit_s = left_s, .threads = session.threads, .stop = session.stop};
  Subclusters found = [&] {
    ProgressLine line(session);
    how.on_progress = [&](const Progress& progress) { line.show(progress); };
    return explore_subclusters(swept.setting.cost, how);
  }();
  session.say(fmt::format("{}: {} sub-clusters, {} plans, {}{}, {}", swept.setting.model, found.all.size(),
                          found.plans.size(), found.exhaustive ? "proven" : "not proven",
                          found.complete ? "" : ", stopped early", si(found.elapsed_s, "s")));
  return found;
}

/// In what time the frontier left.
std::string search_certificate(const Session& session, const Options& options, const Swept& swept) {
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed_s = [start] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const double left_s = std::max(0.0, options.search.time_limit_s - swept.frontier.elapsed_s);
  const Certificate certificate = certificate_of(swept.setting.cost, swept.frontier,
                                                 [&] { return session.stop.stop_requested() || elapsed_s() > left_s; });
  session.say(fmt::format("{}: certificate of {}, {}", swept.setting.model,
                          certificate.contiguous
                              ? fmt::format("all contiguous plans with {} states", certificate.states.size())
                              : "the bounds alone",
                          si(elapsed_s(), "s")));
  if (const std::size_t open = certificate.not_covered.size(); open > 0)
    session.say(fmt::format("{}: the certificate does not cover {} of what the plans say, e.g. {}", swept.setting.model,
                            open, certificate.not_covered.front()));
  return certificate_json(certificate);
}

/// In what time the frontier left.
std::vector<PointUncertainty> sample_intervals(const Session& session, const Options& options, const Swept& swept) {
  const auto left = std::chrono::duration<double>(options.search.time_limit_s - swept.frontier.elapsed_s);
  const auto start = std::chrono::steady_clock::now();
  auto uncertain = uncertainty(
      swept.setting.network, swept.setting.devices, swept.frontier,
      {.samples = options.uncertainty, .seed = session.seed, .latency = options.search.latency, .give_up = [&] {
         return session.stop.stop_requested() || std::chrono::steady_clock::now() - start > left;
       }});
  if (uncertain.front().samples < options.uncertainty)
    session.say(fmt::format("{}: {} of {} samples of the intervals, stopped early", swept.setting.model,
                            uncertain.front().samples, options.uncertainty));
  return uncertain;
}

/// The search alone would take all of a time limit to bound free plans ever better: what is asked for beside it has a
/// quarter.
SearchOptions search_part(const Options& options) {
  constexpr double share = 0.75;
  SearchOptions part = options.search;
  if (options.certificate || options.subclusters || options.uncertainty > 0) part.time_limit_s *= share;
  return part;
}

/// One network's frontier, appended to `all` unless the user stopped the search before it had a point.
void sweep_one(const Session& session, const Options& options, const std::string& model, std::set<std::string>& slugs,
               std::vector<Swept>& all) {
  Options own = options;
  Setting setting = read_in_time(model, own.search);
  Frontier frontier = search(session, setting, search_part(own));
  if (frontier.points.empty()) return;
  if (options.certificate)
    if (const std::size_t unproven = keep_to_certifiable(setting.cost, frontier); unproven > 0)
      session.say(
          fmt::format("{}: integer programming has proven {} of {} points, for which a certificate has no evidence; "
                      "they count as unproven",
                      setting.model, unproven, frontier.points.size()));
  all.push_back({std::move(setting), std::move(frontier), slug_of(model, slugs), options.search.latency});
  narrate(session, all.back());
  if (options.subclusters) all.back().subclusters = search_subclusters(session, own, all.back());
  if (options.uncertainty) all.back().uncertain = sample_intervals(session, own, all.back());
  if (options.certificate) all.back().certificate = search_certificate(session, own, all.back());
}

/// What is about one cluster's frontier has no meaning for a space of them.
void check_space(const Options& options) {
  const std::pair<bool, const char*> others[] = {
      {options.subclusters, "--subclusters"},
      {options.certificate, "--certificate"},
      {options.uncertainty > 0, "--uncertainty"},
      {!options.rates_per_s.empty(), "--rate"},
      {options.search.solver != "auto" && options.search.solver != "exact", "--solver"}};
  if (options.space.frontier_only && (options.space.full || !options.space.limits.none()))
    throw UsageError(fmt::format("--frontier-only finds the frontier of all plans and nothing else; leave out {}",
                                 options.space.full ? "--full" : "the limits"));
  for (const auto& [given, name] : others)
    if (given)
      throw UsageError(fmt::format(
          "axes (--vary, --space, --precision, several -b) and limits (--max-...) make a space of designs, which is "
          "searched for the exact frontiers of its points; leave out {} or all of those",
          name));
}

/// Before the search, whose answer would be lost with it. What is wrong with the cluster, the search says.
void require_kept_inputs(const Session& session, const Options& options) {
  KeptInputs inputs(session);
  inputs.add(options.models).add(options.space.file);
  try {
    inputs.add_cluster(options.search.cluster);
  } catch (const Error&) {
    return;
  }
  inputs.keep_from_sweep(options.output, options.models);
}

int run(const Session& session, Options& options) {
  require_kept_inputs(session, options);
  options.search.batch = options.space.batches.front();
  if (!options.space.empty()) {
    check_space(options);
    return sweep_space(session, options.models, options.search, options.space, options.output);
  }
  if (options.space.resume || options.space.status || options.space.full || options.space.frontier_only ||
      options.space.method != "exhaustive")
    throw UsageError(
        "--resume, --status, --full, --frontier-only and --method are about spaces of designs; give --vary");
  if (options.subclusters && !options.rates_per_s.empty())
    throw UsageError("--subclusters and --rate are different sweeps; give one of them");
  if (options.uncertainty && !options.rates_per_s.empty())
    throw UsageError("--uncertainty is about networks that have the cluster to themselves; leave out --rate");
  if (options.certificate && (options.search.latency || !options.rates_per_s.empty()))
    throw UsageError(fmt::format("--certificate proves frontiers of period and energy; leave out {}",
                                 options.search.latency ? "--latency" : "--rate"));
  if (!options.rates_per_s.empty() && options.search.latency)
    throw UsageError("--rate weighs power against how far the rates are exceeded; leave out --latency");
  if (!options.rates_per_s.empty() && options.search.solver != "auto")
    throw UsageError("--rate places contiguous plans, which one search finds; leave out --solver");
  if (!options.rates_per_s.empty())
    return sweep_jointly(session, options.search, options.models, options.rates_per_s, options.output);
  std::vector<Swept> all;
  std::set<std::string> slugs;
  std::exception_ptr failure;
  for (const std::string& model : options.models) {
    try {
      if (!session.stop.stop_requested()) sweep_one(session, options, model, slugs, all);
    } catch (const Error& error) {
      // The other networks' frontiers are worth having; the first failure sets the exit code.
      if (options.models.size() > 1) session.say(fmt::format("cleave: {}", error.what()));
      if (!failure) failure = std::current_exception();
    }
  }
  if (all.empty() && failure) std::rethrow_exception(failure);
  if (all.empty()) end_interrupted();
  if (session.stop.stop_requested() && all.size() < options.models.size())
    session.say(fmt::format("interrupted: {} of {} networks have a frontier", all.size(), options.models.size()));
  write_frontiers(all, options.output, options.subclusters, options.uncertainty > 0,
                  all.size() == options.models.size());
  session.say(fmt::format("wrote {}", (fs::path(options.output) / "pareto.csv").generic_string()));
  if (session.json)
    print_data(frontiers_json(all, options.output));
  else
    for (const Swept& swept : all) {
      print(frontier_text(swept.setting, swept.frontier));
      if (options.uncertainty) print(uncertainty_text(swept.setting, swept.frontier, swept.uncertain));
    }
  if (failure) std::rethrow_exception(failure);
  return static_cast<int>(session.stop.stop_requested() ? ExitCode::interrupted : ExitCode::done);
}

CLI::Validator positive_rate() {
  return {[](std::string& text) {
            double rate = 0;
            const bool number = CLI::detail::lexical_cast(text, rate);
            return number && rate > 0 && std::isfinite(rate)
                       ? std::string()
                       : fmt::format("\"{}\" is not a rate; give a number above 0, in inferences per second", text);
          },
          "RATE"};
}

}  // namespace

void add_sweep(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      add_verb(app, session, "sweep", "Find the whole frontier: DIR/pareto.csv, DIR/plans/*.json, DIR/report.html");
  verb->add_option("MODEL", options->models, "The networks, each on the whole cluster, or all together with --rate")
      ->required();
  add_search_options(*verb, options->search);
  add_list(*verb, "-b,--batch", options->space.batches, "Samples per inference; several, joined by commas, are an axis",
           CLI::Range(1, 1'000'000))
      ->default_str("1");
  verb->add_option(
          "--vary", options->space.vary,
          "An axis of a design space, e.g. cim.count=0:8, cim.adc_bits=4:8, npu.clock_hz=5e8,1e9; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--space", options->space.file, "A file with axes of a design space, instead of or beside --vary");
  add_list(*verb, "--precision", options->space.precisions,
           "An axis: the precision of every device that has it, e.g. fp32,int8");
  verb->add_option(
          "--method", options->space.method,
          "For a space: exhaustive, or nsga2: evolution, for spaces too large to search in full; proves nothing "
          "about points that it did not reach")
      ->check(CLI::IsMember({"exhaustive", "nsga2"}))
      ->capture_default_str();
  verb->add_option("--searches", options->space.searches,
                   "With --method nsga2: at most so many searches of each network; counts of devices share one")
      ->needs("--method")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  verb->add_flag("--resume", options->space.resume, "For a space: go on where an interrupted sweep in DIR ended");
  verb->add_flag("--status", options->space.status, "For a space: say how far the sweep in DIR is, and search nothing");
  verb->add_flag("--full", options->space.full,
                 "For a space: search points that cannot be on the frontier too, for points.csv and sensitivity.csv");
  verb->add_flag(
      "--frontier-only", options->space.frontier_only,
      "For a space: search for the frontier alone, which is much faster; of other points only the state is known. Not "
      "together with limits on plans or points (--max-...)");
  verb->add_option(
          "--max-power", options->space.limits.power_w,
          "Makes a design space: leave out plans of the frontier that draw more at full speed, e.g. 500mW, 30W")
      ->transform(power_units());
  verb->add_option("--max-latency", options->space.limits.latency_s,
                   "Makes a design space: leave out plans that take longer, e.g. 20ms")
      ->transform(time_units());
  verb->add_option("--max-devices", options->space.limits.devices,
                   "Makes a design space: leave out plans on more devices")
      ->check(CLI::Range(1, 1'000'000));
  verb->add_option("--max-cost", options->space.limits.cost_usd,
                   "Makes a design space: leave out points whose devices cost more, in USD")
      ->check(no_less_than_zero());
  verb->add_option("--max-area", options->space.limits.area_mm2,
                   "Makes a design space: leave out points whose devices take more, in mm2")
      ->check(no_less_than_zero());
  verb->add_flag("--latency", options->search.latency,
                 "Latency is a third objective: keep what no plan beats in period, energy and latency");
  verb->add_option("-o,--output", options->output, "The folder to write to")->required();
  verb->add_flag("--subclusters", options->subclusters,
                 "Also DIR/subclusters.csv: the frontier for every choice of devices");
  verb->add_flag("--certificate", options->certificate,
                 "Also DIR/certificate.json: a proof of the frontier for cleave check --certificate");
  verb->add_option("--uncertainty", options->uncertainty,
                   "Also DIR/uncertainty.csv: draw the numbers of devices and links from their intervals this often, "
                   "and say how "
                   "often each plan stays on the frontier")
      ->check(CLI::Range(1, 1'000'000));
  verb->add_option("--progress", options->progress,
                   "auto: a bar on a terminal, else for spaces a line every 10 s; json: an object a line, on stderr")
      ->check(CLI::IsMember({"auto", "json"}))
      ->capture_default_str();
  add_list(*verb, "--rate", options->rates_per_s,
           "Place the networks side by side, no device shared, at these inferences per second, e.g. 30,15",
           positive_rate());
  verb->callback([options, &session] {
    session.action = [options, &session] {
      session.progress_json = options->progress == "json";
      return run(session, *options);
    };
  });
}

}  // namespace cleave::cli
