// cleave plan: one plan, chosen by a weight or by limits.
#include "base/files.hpp"
#include "base/text.hpp"
#include "cli/kept_inputs.hpp"
#include "cli/plan_text.hpp"
#include "cli/search_options.hpp"
#include "cli/units.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <memory>

namespace cleave::cli {
namespace {

struct Options {
  SearchOptions search;
  std::string model;
  std::string output;
  double weight = 0.5;
  Limits limits;
};

int run(const Session& session, const Options& options) {
  SearchOptions how = options.search;
  const Setting setting = read_in_time(options.model, how);
  KeptInputs(session).add(setting).keep_from(options.output);
  const Frontier frontier = search(session, setting, how, options.limits);
  if (frontier.points.empty()) end_interrupted();
  const FrontierPoint& point = frontier.pick(options.weight);
  const std::filesystem::path folder = std::filesystem::path(options.output).parent_path();
  if (!options.output.empty()) {
    write_file(options.output, PlanWriter(setting, folder).json(point));
    session.say(fmt::format("wrote {}", options.output));
  }
  const auto known = baselines({.cost = setting.cost});
  if (session.json)
    print_data(PlanWriter(setting, folder).json(point, {frontier.elapsed_s, known}));
  else
    print(plan_text(setting, point) + baselines_text(setting, point, known));
  return static_cast<int>(frontier.complete || !session.stop.stop_requested() ? ExitCode::done : ExitCode::interrupted);
}

/// CLI::Range lets pass what is no number.
CLI::Validator weights() {
  return {[](std::string& text) {
            double weight = 0;
            const bool is_weight = CLI::detail::lexical_cast(text, weight) && weight >= 0 && weight <= 1;
            return is_weight ? std::string() : fmt::format("\"{}\" is no weight; give a number from 0 to 1", text);
          },
          "FLOAT in [0 - 1]"};
}

}  // namespace

void add_plan(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(app, session, "plan", "Find one plan: the best for a weight, within limits");
  verb->add_option("MODEL", options->model, "The network")->required();
  add_search_options(*verb, options->search);
  verb->add_option("-b,--batch", options->search.batch, "Samples per inference")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  verb->add_option("-o,--output", options->output, "Write the plan to this file");
  verb->add_option("-w,--weight", options->weight, "1: throughput only, 0: energy only")
      ->check(weights())
      ->capture_default_str();
  verb->add_option("--max-period", options->limits.period_s, "Largest time between batches, e.g. 20ms")
      ->transform(time_units());
  verb->add_option("--max-latency", options->limits.latency_s,
                   "Largest time of one batch through the pipeline, e.g. 50ms")
      ->transform(time_units());
  verb->add_option("--max-energy", options->limits.energy_j, "Largest energy per inference, e.g. 80mJ")
      ->transform(energy_units());
  verb->callback([options, &session] { session.action = [options, &session] { return run(session, *options); }; });
}

}  // namespace cleave::cli
