// cleave run: executes a plan, pipelined, and prints what was predicted beside what was measured.
#include "base/files.hpp"
#include "cli/legal_plan.hpp"
#include "cli/run_text.hpp"
#include "cli/session.hpp"
#include "report/trace_json.hpp"
#include "runtime/random_inputs.hpp"
#include "runtime/statistics.hpp"

#include <cleave/error.hpp>
#include <cleave/runtime.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <random>

namespace cleave::cli {
namespace {

/// Distinct input batches that take turns.
constexpr std::size_t kDistinct = 4;

std::vector<Batch> random_batches(const Graph& graph, std::uint64_t seed) {
  std::vector<Batch> inputs;
  for (std::size_t i = 0; i < kDistinct; ++i) inputs.push_back(random_inputs(graph, seed + i));
  return inputs;
}

std::vector<Batch> inputs_of(const Network& network, const RunRequest& options, std::uint64_t seed) {
  if (!options.inputs.empty()) return read_batches(*network.graph, options.inputs);
  return random_batches(*network.graph, seed);
}

/// Exponential times between batches, as of many users who do not know of each other.
std::vector<double> poisson_arrivals(const RunRequest& options, std::int64_t batch, std::uint64_t seed) {
  std::vector<double> arrivals_s;
  if (options.rate_per_s == 0) return arrivals_s;
  std::mt19937_64 random(seed);
  double now_s = 0;
  for (std::size_t i = 0; i < options.batches; ++i) {
    const double uniform = static_cast<double>(random() >> 11) * 0x1p-53;
    now_s -= std::log1p(-uniform) * static_cast<double>(batch) / options.rate_per_s;
    arrivals_s.push_back(now_s);
  }
  return arrivals_s;
}

void say_substitutes(const Session& session, const PlanFile& file, const Engines& engines) {
  const CostTable& cost = file.setting.cost;
  for (std::size_t s = 0; s < file.point.plan.stages.size(); ++s)
    if (const ModeId mode = file.point.plan.stages[s].mode; engines.is_substitute(mode))
      session.say(fmt::format("stage {} is planned in {}, which no engine on this machine computes; it runs in fp32", s,
                              name_of(cost.modes[mode].precision)));
}

RunOutcome execute(const Session& session, const PlanFile& file, const RunRequest& options) {
  if (!file.setting.network.graph)
    throw UsageError(fmt::format("{} has costs but no operators to compute; run a plan of an ONNX or zoo network",
                                 file.setting.model));
  const Network network =
      options.random_weights ? with_seeded_weights(file.setting.network, session.seed) : file.setting.network;
  const std::vector<Batch> inputs = inputs_of(network, options, session.seed);
  Engines engines(file.setting, options.engine, session.seed);
  say_substitutes(session, file, engines);
  if (engines.need_ranges(file.point.plan)) {
    session.detail("calibrating: the network in fp32, to see what ranges its values have");
    // Other inputs than those of the run, where there are: else the run would flatter the ranges.
    engines.calibrate(network, file.point.plan,
                      options.inputs.empty() ? random_batches(*network.graph, session.seed + kDistinct) : inputs);
  }
  std::unique_ptr<Verifier> verifier;
  if (options.verify) {
    session.detail("verifying: computing what the results should be");
    verifier = std::make_unique<Verifier>(network, file.point.plan, engines, inputs);
  }
  session.detail("preparing the stages: packing weights, building kernels");
  const auto arrivals_s = poisson_arrivals(options, file.setting.cost.batch, session.seed);
  RunOptions how{
      .batches = options.batches, .arrivals_s = arrivals_s, .trace = !options.trace.empty(), .stop = session.stop};
  how.on_progress = [&](std::size_t done) {
    session.progress("run", static_cast<double>(done) / static_cast<double>(options.batches));
  };
  Executor executor(
      network, file.point.plan, [&](ModeId mode) { return engines.make(mode); }, how);
  RunOutcome outcome;
  for (const Stage& stage : file.point.plan.stages) {
    outcome.engines.emplace_back(engines.name(stage.mode));
    outcome.remarks.push_back(engines.remark(network, stage));
  }
  outcome.measured = executor.run(inputs, [&](std::size_t index, std::span<const Tensor> result) {
    ++outcome.done;
    if (index < inputs.size()) outcome.results.emplace_back(result.begin(), result.end());
    if (verifier) verifier->take(index, result);
  });
  session.end_progress();
  for (std::size_t i = 0; i < arrivals_s.size() && i < outcome.measured.results_s.size(); ++i)
    outcome.latencies_s.push_back(outcome.measured.results_s[i] - arrivals_s[i]);
  if (verifier) outcome.verification = verifier->verification();
  return outcome;
}

/// Exit code 5: what was measured does not answer what was asked.
void require_samples(const RunRequest& options, const RunOutcome& outcome) {
  for (const double percent : options.percentiles)
    if (const std::size_t needed = samples_for(percent); outcome.latencies_s.size() < needed)
      throw Error(ExitCode::invalid_measurement,
                  fmt::format("p{:g} needs at least {} batches, {} were run; give --batches {}", percent, needed,
                              outcome.latencies_s.size(), needed));
}

int run(const Session& session, RunRequest& options) {
  if (!options.percentiles.empty() && options.rate_per_s == 0)
    throw UsageError("--percentile is of latencies under load; give the load with --rate");
  const PlanFile file = read_legal_plan(options.plan);
  const RunOutcome outcome = execute(session, file, options);
  if (!options.trace.empty()) {
    const auto labels = stage_labels(file.setting.devices, file.setting.cost, file.point.plan);
    write_file(options.trace,
               trace_json({outcome.measured.period_s, outcome.measured.latency_s, outcome.measured.events}, labels));
  }
  if (!options.output.empty()) write_results(*file.setting.network.graph, outcome.results, options.output);
  print(session.json ? run_json(file, options, outcome) : run_text(file, options, outcome));
  if (options.top_k > 0 && !session.json)
    print("\n" + top_text(outcome.results, file.setting.cost.batch, options.top_k));
  if (outcome.verification && outcome.verification->different > 0)
    return static_cast<int>(ExitCode::verification_failed);
  if (outcome.done < options.batches) return static_cast<int>(ExitCode::interrupted);
  require_samples(options, outcome);
  return static_cast<int>(ExitCode::done);
}

}  // namespace

void add_run(CLI::App& app, Session& session) {
  auto options = std::make_shared<RunRequest>();
  CLI::App* verb =
      add_verb(app, session, "run",
               "Execute a plan: one worker per device, pipelined; devices this machine lacks are emulated on the CPU");
  verb->add_option("PLAN", options->plan, "A plan file")->required();
  verb->add_option("-n,--batches", options->batches, "Batches to run")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  verb->add_option("--rate", options->rate_per_s,
                   "Inferences per second that come at random (Poisson); without it all are there")
      ->check(CLI::PositiveNumber);
  verb->add_option("--percentile", options->percentiles,
                   "Latencies under --rate to be had, e.g. 50,99; exit code 5 where there are too few batches for one")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1.0, 99.99));
  verb->add_option("--input", options->inputs,
                   "A .npy file with the inputs, [NAME=]FILE, several batches along the first axis")
      ->allow_extra_args(false);
  verb->add_option("--output", options->output,
                   "Write the results of the distinct inputs to this folder, as .npy files");
  verb->add_option("--top-k", options->top_k, "Print the K largest values of each sample's first output")
      ->check(CLI::Range(1, 1'000'000));
  verb->add_option("--trace", options->trace, "Write the timeline to this file, for Perfetto");
  verb->add_option("--engine", options->engine,
                   "What computes: the engine of each stage's device and precision (plan), or one for all")
      ->transform(CLI::CheckedTransformer(engine_choices(), CLI::ignore_case))
      ->default_str("plan");
  verb->add_flag(
      "--verify", options->verify,
      "Compare every result with the unsplit network's, bit for bit, and stages of lower precision with fp32");
  verb->add_flag("--random-weights", options->random_weights,
                 "Draw weights from --seed where the file has only constants");
  verb->callback([options, &session] { session.action = [options, &session] { return run(session, *options); }; });
}

}  // namespace cleave::cli
