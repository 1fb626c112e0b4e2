// cleave run: executes a plan, pipelined, and prints what was predicted beside what was measured.
#include "base/files.hpp"
#include "cli/legal_plan.hpp"
#include "cli/run_execute.hpp"
#include "report/trace_json.hpp"
#include "runtime/statistics.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <cmath>
#include <memory>

namespace cleave::cli {
namespace {

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

/// A number above 0; `hint` says more where what is given is none.
CLI::Validator above_zero(const std::string& hint = "") {
  const auto complaint = [hint](const std::string& text) {
    double value = 0;
    const bool good = CLI::detail::lexical_cast(text, value) && value > 0 && std::isfinite(value);
    return good ? std::string() : fmt::format("takes a number above 0, not \"{}\"{}", text, hint);
  };
  return {complaint, "POSITIVE"};
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
  if (outcome.verification && outcome.verification->different > 0)
    return static_cast<int>(ExitCode::verification_failed);
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
      ->check(above_zero());
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
      ->check(above_zero());
  verb->add_option("--output", options->output,
                   "Write the results of the distinct inputs to this folder, as .npy files");
  verb->add_option("--top-k", options->top_k, "Print the K largest values of each sample's first output")
      ->check(CLI::Range(1, 1'000'000));
  verb->add_option("--pace", options->pace,
                   "Emulated devices take their predicted time, times SCALE (1 where it is left out)")
      ->type_name("[SCALE]")
      ->expected(0, 1)
      ->default_str("1")
      ->check(above_zero("; where PLAN follows write --pace=1"));
  verb->add_flag("--no-compute", options->idle, "With --pace: engines compute nothing, only time passes");
  verb->add_option("--inject-fault", options->faults,
                   "DEVICE@N or DEVICE#K@N: the device (the K-th of its class, from 0) is lost at its N-th batch")
      ->allow_extra_args(false);
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
