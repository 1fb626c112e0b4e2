// Executes a plan, pipelined, and prints what was predicted beside what was measured.
#include "base/files.hpp"
#include "cli/execution.hpp"
#include "cli/kept_inputs.hpp"
#include "cli/legal_plan.hpp"
#include "cli/run_execute.hpp"
#include "report/trace_json.hpp"
#include "runtime/statistics.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

namespace cleave::cli {
namespace {

/// All plans of the run on one timeline, the stages of each under those of the one before.
void write_trace(const PlanFile& file, const RunRequest& options, const RunOutcome& outcome) {
  std::vector<std::string> labels;
  Trace trace{.period_s = outcome.measured.period_s, .latency_s = outcome.measured.latency_s, .events = {}};
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

/// A timeline of more batches would be larger than what opens it.
constexpr std::size_t kMostTraced = 100'000;
/// Times of arrival are drawn before the run.
constexpr std::size_t kMostDrawn = 10'000'000;
/// Nobody waits for more, three years, and a hundred times as much is no time that a clock has.
constexpr double kLongest_s = 1e8;

/// What `options` ask for that does not go together.
void require_sense(const RunRequest& options) {
  if (!options.trace.empty() && options.batches > kMostTraced)
    throw UsageError(fmt::format("--trace is of at most {} batches, not {}", kMostTraced, options.batches));
  if (options.rate_per_s > 0 && options.batches > kMostDrawn)
    throw UsageError(fmt::format("--rate is for at most {} batches, not {}", kMostDrawn, options.batches));
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

/// Before the run, whose results would be lost with it.
void require_kept_inputs(const Session& session, const RunRequest& options, const Setting& setting) {
  KeptInputs inputs(session);
  inputs.add(options.plan).add(setting);
  for (const std::string& argument : options.inputs) inputs.add(file_of_input(argument));
  inputs.keep_from(options.trace);
  if (options.output.empty() || !setting.network.graph) return;
  for (const auto& file : result_files(*setting.network.graph, options.output)) inputs.keep_from(file);
}

/// Before the run, too: what is asked of its results and of its time exists.
void require_result(const RunRequest& options, const PlanFile& file) {
  if (options.top_k > 0 && file.setting.network.graph)
    require_scores(*file.setting.network.graph, file.setting.cost.batch);
  const auto batches = static_cast<double>(options.batches);
  const auto batch = static_cast<double>(file.setting.cost.batch);
  if (const double latency_s = options.pace * file.point.score.latency_s; latency_s > kLongest_s)
    throw UsageError(fmt::format("--pace {:g}: a batch would take {:.2g} s; give at most {:.2g}", options.pace,
                                 latency_s, kLongest_s / file.point.score.latency_s));
  if (options.rate_per_s > 0 && batches * batch / options.rate_per_s > kLongest_s)
    throw UsageError(fmt::format("--rate {:g}: the batches would come within {:.2g} s; give at least {:.2g}",
                                 options.rate_per_s, batches * batch / options.rate_per_s,
                                 batches * batch / kLongest_s));
}

}  // namespace

int run(const Session& session, const RunRequest& options) {
  require_sense(options);
  const PlanFile file = read_legal_plan(options.plan);
  require_kept_inputs(session, options, file.setting);
  require_result(options, file);
  const RunOutcome outcome = execute(session, file, options);
  if (!options.trace.empty()) write_trace(file, options, outcome);
  if (!options.output.empty()) write_results(*file.setting.network.graph, outcome.results, options.output);
  if (session.json)
    print_data(run_json(file, options, outcome));
  else
    print(run_text(file, options, outcome));
  if (options.top_k > 0 && !session.json)
    print("\n" + top_text(top_values(outcome.results, file.setting.cost.batch, options.top_k)));
  if (outcome.verification && outcome.verification->different > 0)
    return static_cast<int>(ExitCode::verification_failed);
  if (!outcome.no_plan.empty())
    throw InfeasibleError(fmt::format("the run ended after {} of {} batches: without what was lost, {}", outcome.done,
                                      options.batches, outcome.no_plan));
  if (outcome.done < options.batches) return static_cast<int>(ExitCode::interrupted);
  require_samples(options, outcome);
  return static_cast<int>(ExitCode::done);
}

}  // namespace cleave::cli
