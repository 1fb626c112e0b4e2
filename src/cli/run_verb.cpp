// cleave run: executes a plan, pipelined, and prints what was predicted beside what was measured.
#include "base/files.hpp"
#include "base/resident_memory.hpp"
#include "cli/input_files.hpp"
#include "cli/legal_plan.hpp"
#include "cli/run_faults.hpp"
#include "cli/run_text.hpp"
#include "cli/session.hpp"
#include "report/trace_json.hpp"
#include "runtime/random_inputs.hpp"
#include "runtime/statistics.hpp"

#include <cleave/error.hpp>
#include <cleave/runtime.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <random>

namespace cleave::cli {
namespace {

/// Distinct input batches that take turns.
constexpr std::size_t kDistinct = 4;

/// What every backend is here: the CPU's kernels, whatever device the plan names. So every device
/// is emulated; a profile of a CPU is not this CPU.
std::unique_ptr<Backend> backend_for(ModeId) { return make_cpu_backend(); }

/// The network as a single stage.
Plan unsplit(const Network& network) {
  std::vector<OpId> all;
  for (const OpId op : network.operators.ids()) all.push_back(op);
  return {{{ModeId(0), 1, all}}};
}

std::vector<Batch> unsplit_outputs(const Network& network, const std::vector<Batch>& inputs) {
  Executor whole(network, unsplit(network), backend_for, {.batches = inputs.size(), .warmup = 0});
  std::vector<Batch> outputs(inputs.size());
  whole.run(inputs, [&](std::size_t index, std::span<const Tensor> result) {
    outputs[index].assign(result.begin(), result.end());
  });
  return outputs;
}

/// Compares every result with what the unsplit network computes, bit for bit.
class Verifier {
 public:
  Verifier(const Network& network, const std::vector<Batch>& inputs) : expected_(unsplit_outputs(network, inputs)) {}
  void operator()(std::size_t index, std::span<const Tensor> result) {
    const Batch& expected = expected_[index % expected_.size()];
    ++compared_;
    if (!std::equal(result.begin(), result.end(), expected.begin(), expected.end())) ++different_;
  }
  [[nodiscard]] std::size_t compared() const { return compared_; }
  [[nodiscard]] std::size_t different() const { return different_; }

 private:
  std::vector<Batch> expected_;
  std::size_t compared_ = 0;
  std::size_t different_ = 0;
};

std::array<double, 3> by_colour(const std::vector<double>& given, double otherwise, const char* option) {
  if (given.empty()) return {otherwise, otherwise, otherwise};
  if (given.size() == 1) return {given[0], given[0], given[0]};
  if (given.size() != 3) throw UsageError(fmt::format("{} takes one number, or three: of red, green and blue", option));
  return {given[0], given[1], given[2]};
}

ImageScaling scaling_of(const RunRequest& options) {
  if (options.mean.empty() && options.deviation.empty()) return {};
  if (std::none_of(options.inputs.begin(), options.inputs.end(), is_picture))
    throw UsageError("--mean and --std are for pictures, and there is none among the inputs");
  return {by_colour(options.mean, 0, "--mean"), by_colour(options.deviation, 1, "--std")};
}

std::vector<Batch> inputs_of(const Network& network, const RunRequest& options, std::uint64_t seed) {
  if (!options.inputs.empty()) return read_batches(*network.graph, options.inputs, scaling_of(options));
  std::vector<Batch> inputs;
  for (std::size_t i = 0; i < kDistinct; ++i) inputs.push_back(random_inputs(*network.graph, seed + i));
  return inputs;
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

/// What happens to the results.
class Receiver {
 public:
  Receiver(const Network& network, const RunRequest& options, const std::vector<Batch>& inputs)
      : distinct_(inputs.size()) {
    if (options.verify) verifier_.emplace(network, inputs);
  }
  void operator()(std::size_t index, std::span<const Tensor> result) {
    if (index < distinct_) results_.emplace_back(result.begin(), result.end());
    if (verifier_) (*verifier_)(index, result);
  }
  void report(RunOutcome& outcome) {
    outcome.results = std::move(results_);
    if (!verifier_) return;
    outcome.compared = verifier_->compared();
    outcome.different = verifier_->different();
  }

 private:
  std::size_t distinct_;
  std::vector<Batch> results_;
  std::optional<Verifier> verifier_;
};

/// The report of the last plan, with the wall time and the results of all.
RunReport whole(const RecoveredRun& run) {
  RunReport report = run.parts.back().report;
  report.wall_s += run.parts.back().start_s;
  report.results_s = run.results_s;
  return report;
}

/// Options that follow the plan: its pace and the names of its devices.
void fit(const PlanFile& file, const RunRequest& options, const CostTable& cost, FaultInjector& faults,
         const Plan& plan, RunOptions& how) {
  faults.watch(plan_devices(file.setting, plan));
  if (options.pace > 0) how.pace = predicted_pace(cost, plan, options.pace);
}

RunOutcome run_plan(const Session& session, const PlanFile& file, const RunRequest& options, const Network& network,
                    const std::vector<Batch>& inputs, RunOptions how) {
  FaultInjector faults(parse_faults(options.faults, file.setting.devices));
  if (!options.faults.empty())
    how.before_compute = [&](std::size_t stage, int replica, std::size_t batch) {
      faults.strike(stage, replica, batch);
    };
  Survivors survivors(file);
  Receiver receiver(network, options, inputs);
  session.detail("preparing the stages: packing weights, building kernels");
  const BackendFactory engine = options.idle ? [](ModeId) { return make_idle_backend(); } : backend_for;
  const std::size_t before_bytes = resident_bytes();
  RunOutcome outcome;
  how.on_progress = [&](std::size_t done) {
    session.progress("run", static_cast<double>(done) / static_cast<double>(options.batches));
    if (done == options.batches) outcome.grown_bytes = resident_bytes() - std::min(resident_bytes(), before_bytes);
  };
  fit(file, options, file.setting.cost, faults, file.point.plan, how);
  const RecoveredRun run = run_with_recovery(
      network, file.point.plan, engine, how, inputs, std::ref(receiver),
      [&](const Plan& plan, const Failure& failure) { return survivors.replan(session, plan, failure); },
      [&](const Plan& plan, RunOptions& changed) {
        fit(file, options, survivors.setting().cost, faults, plan, changed);
      });
  session.end_progress();
  receiver.report(outcome);
  outcome.measured = whole(run);
  outcome.parts = run.parts;
  outcome.points = survivors.points();
  outcome.no_plan = survivors.reason();
  outcome.done = run.results_s.size();
  return outcome;
}

RunOutcome execute(const Session& session, const PlanFile& file, const RunRequest& options) {
  if (!file.setting.network.graph)
    throw UsageError(fmt::format("{} has costs but no operators to compute; run a plan of an ONNX or zoo network",
                                 file.setting.model));
  const Network network =
      options.random_weights ? with_seeded_weights(file.setting.network, session.seed) : file.setting.network;
  const std::vector<Batch> inputs = inputs_of(network, options, session.seed);
  const auto arrivals_s = poisson_arrivals(options, file.setting.cost.batch, session.seed);
  RunOutcome outcome = run_plan(
      session, file, options, network, inputs,
      {.batches = options.batches, .arrivals_s = arrivals_s, .trace = !options.trace.empty(), .stop = session.stop});
  for (std::size_t i = 0; i < arrivals_s.size() && i < outcome.measured.results_s.size(); ++i)
    outcome.latencies_s.push_back(outcome.measured.results_s[i] - arrivals_s[i]);
  return outcome;
}

/// All plans of the run on one timeline, the stages of each under those of the one before.
void write_trace(const PlanFile& file, const RunRequest& options, const RunOutcome& outcome) {
  std::vector<std::string> labels;
  Trace trace{outcome.measured.period_s, outcome.measured.latency_s, {}};
  for (const RunPart& part : outcome.parts) {
    for (TraceEvent event : part.report.events) {
      event.stage += labels.size();
      event.batch += part.first_batch;
      event.start_s += part.start_s;
      event.end_s += part.start_s;
      trace.events.push_back(event);
    }
    const auto more = stage_labels(file.setting.devices, file.setting.cost, part.plan);
    labels.insert(labels.end(), more.begin(), more.end());
  }
  write_file(options.trace, trace_json(trace, labels));
}

/// What `options` ask for that does not go together.
void require_sense(const RunRequest& options) {
  if (!options.percentiles.empty() && options.rate_per_s == 0)
    throw UsageError("--percentile is of latencies under load; give the load with --rate");
  if (!options.idle) return;
  if (options.pace == 0) throw UsageError("--no-compute is for rehearsals of pace; give --pace too");
  if (options.verify || options.top_k > 0 || !options.output.empty())
    throw UsageError("with --no-compute there are no results; leave out --verify, --top-k and --output");
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
  require_sense(options);
  const PlanFile file = read_legal_plan(options.plan);
  const RunOutcome outcome = execute(session, file, options);
  if (!options.trace.empty()) write_trace(file, options, outcome);
  if (!options.output.empty()) write_results(*file.setting.network.graph, outcome.results, options.output);
  print(session.json ? run_json(file, options, outcome) : run_text(file, options, outcome));
  if (options.top_k > 0 && !session.json)
    print("\n" + top_text(outcome.results, file.setting.cost.batch, options.top_k));
  if (outcome.different) return static_cast<int>(ExitCode::verification_failed);
  if (!outcome.no_plan.empty())
    throw InfeasibleError(fmt::format("the run ended after {} of {} batches: without what was lost, {}", outcome.done,
                                      options.batches, outcome.no_plan));
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
  verb->add_option(
          "--input", options->inputs,
          "[NAME=]FILE with inputs: .npy, .npz, .pb (ONNX tensor), .png, .jpg, .ppm; several batches along the "
          "first axis, several files one after the other")
      ->allow_extra_args(false);
  verb->add_option("--mean", options->mean, "Of pictures, whose colours are 0 to 1: subtracted, one for all or R,G,B")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_option("--std", options->deviation, "Of pictures: what is left is divided by it, one for all or R,G,B")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::PositiveNumber);
  verb->add_option("--output", options->output,
                   "Write the results of the distinct inputs to this folder, as .npy files");
  verb->add_option("--top-k", options->top_k, "Print the K largest values of each sample's first output")
      ->check(CLI::Range(1, 1'000'000));
  verb->add_option("--pace", options->pace,
                   "Emulated devices take their predicted time, times SCALE (1 where it is left out)")
      ->type_name("[SCALE]")
      ->expected(0, 1)
      ->default_str("1")
      ->check(CLI::PositiveNumber);
  verb->add_flag("--no-compute", options->idle, "With --pace: engines compute nothing, only time passes");
  verb->add_option("--inject-fault", options->faults,
                   "DEVICE@N or DEVICE#K@N: the device (the K-th of its class, from 0) is lost at its N-th batch")
      ->allow_extra_args(false);
  verb->add_option("--trace", options->trace, "Write the timeline to this file, for Perfetto");
  verb->add_flag("--verify", options->verify, "Compare every result with the unsplit network's, bit for bit");
  verb->add_flag("--random-weights", options->random_weights,
                 "Draw weights from --seed where the file has only constants");
  verb->callback([options, &session] { session.action = [options, &session] { return run(session, *options); }; });
}

}  // namespace cleave::cli
