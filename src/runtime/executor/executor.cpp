#include "runtime/executor/crew.hpp"
#include "runtime/statistics.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace cleave {

namespace {

const Network& executable(const Network& network) {
  if (!network.graph)
    throw InputError(network.file_or_name(), "", "has no graph to execute", "run a plan of an .onnx or zoo: network");
  return network;
}

void require_inputs(const Graph& graph, InputSets inputs) {
  if (inputs.empty()) throw UsageError("there is no input to run on");
  for (const std::vector<Tensor>& set : inputs) {
    if (set.size() != graph.inputs.size())
      throw UsageError(fmt::format("the network takes {} inputs, {} were given", graph.inputs.size(), set.size()));
    for (std::size_t i = 0; i < set.size(); ++i) {
      const Value& wanted = graph.values[graph.inputs[i]];
      if (set[i].type != wanted.type || set[i].shape != wanted.shape)
        throw UsageError(fmt::format("input '{}' has another type or shape than the network takes", wanted.name));
    }
  }
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The pace has as many stages as the plan.
const RunOptions& checked(const RunOptions& options, const Plan& plan) {
  if (!options.pace.empty() && options.pace.size() != plan.stages.size())
    throw UsageError(fmt::format("the plan has {} stages, the pace {}", plan.stages.size(), options.pace.size()));
  return options;
}

}  // namespace

struct Executor::Impl {
  RunOptions options;
  Plan plan;
  Pipeline pipeline;
  Crew crew;
  std::uint64_t next_batch = 0;
  std::vector<Tensor> results;  ///< of one batch; constants stay in place
  double latency_s = 0;         ///< of a lone batch
  RunReport unfinished;

  Impl(const Network& network, const Plan& run_plan, const BackendFactory& backend, const RunOptions& run_options)
      : options(run_options),
        plan(run_plan),
        pipeline(executable(network), plan, options.queue_depth, options.pace),
        crew(pipeline, plan, backend, checked(options, plan), network.name) {
    for (const ValueId value : pipeline.graph().outputs) {
      const auto constant = pipeline.graph().constants.find(value);
      results.push_back(constant == pipeline.graph().constants.end() ? Tensor() : materialize(constant->second));
    }
  }

  /// Waits for the results of `batch`. False when halted before they were there.
  bool collect(const Shift& shift, std::uint64_t batch) {
    const Routes& routes = pipeline.routes();
    pipeline.wait_for(routes.result_producers, batch);
    const auto sent_at = pipeline.sent_at(routes.result_producers, batch);
    if (!sent_at || (!options.pace.empty() && !crew.sleep_until(*sent_at))) return false;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const std::optional<Source> source = routes.results[i];
      if (!source) continue;
      results[i] =
          source->unit ? pipeline.outputs(*source->unit, batch)[source->index] : shift.input(batch, source->index);
    }
    pipeline.release(routes.result_producers, batch, *sent_at);
    return true;
  }

  /// Runs `count` batches from an empty pipeline to an empty pipeline; `each` after every result.
  RunReport run_shift(std::size_t count, InputSets inputs, const std::function<void(std::size_t)>& each,
                      bool counts = false) {
    const Shift shift{.first = next_batch,
                      .last = next_batch + count,
                      .inputs = inputs,
                      .first_input = options.first_input,
                      .start = Clock::now(),
                      .arrivals_s = counts ? std::span<const double>(options.arrivals_s) : std::span<const double>(),
                      .counts = counts,
                      .trace = counts && options.trace};
    next_batch = shift.last;
    if (!crew.begin(shift)) return {};
    std::vector<double> done_s;
    done_s.reserve(std::min(count, kForeseenBatches));
    try {
      for (std::uint64_t batch = shift.first; batch < shift.last && collect(shift, batch); ++batch) {
        done_s.push_back(seconds(Clock::now() - shift.start));
        if (each) each(done_s.size() - 1);
      }
    } catch (...) {
      crew.halt();
      crew.end();
      throw;
    }
    crew.end();
    RunReport report = report_of(shift, std::move(done_s));
    if (counts && !crew.failures().empty()) unfinished = std::move(report);
    crew.rethrow();
    return report;
  }

  [[nodiscard]] RunReport report_of(const Shift& shift, std::vector<double> done_s) const {
    RunReport report;
    report.wall_s = seconds(Clock::now() - shift.start);
    report.trailing_results = std::min(done_s.size(), pipeline.trailing());
    report.period_s =
        steady_period_s(std::span(done_s).first(done_s.size() - report.trailing_results), plan).value_or(0);
    report.latency_s = latency_s;
    report.results_s = std::move(done_s);
    for (const Worker& worker : crew.workers()) {
      WorkerReport& written = report.workers.emplace_back(worker.report());
      // A paced device is busy with whichever of its parts is; another one may be blocked meanwhile.
      written.busy_s = std::min(written.busy_s, report.wall_s);
      written.blocked_s = std::min(written.blocked_s, report.wall_s - written.busy_s);
      written.idle_s = report.wall_s - written.busy_s - written.blocked_s;
      std::copy(worker.events().begin(), worker.events().end(), std::back_inserter(report.events));
    }
    return report;
  }
};

Executor::Executor(const Network& network, const Plan& plan, const BackendFactory& backend, const RunOptions& options)
    : impl_(std::make_unique<Impl>(network, plan, backend, options)) {}

Executor::~Executor() = default;

std::vector<Failure> Executor::failures() const { return impl_->crew.failures(); }

const RunReport& Executor::unfinished() const { return impl_->unfinished; }

RunReport Executor::run(std::span<const std::vector<Tensor>> inputs, const Sink& sink) {
  require_inputs(impl_->pipeline.graph(), inputs);
  const RunOptions& options = impl_->options;
  if (!options.arrivals_s.empty() && options.arrivals_s.size() < options.batches)
    throw UsageError(fmt::format("{} batches are to run, and {} have a time of arrival", options.batches,
                                 options.arrivals_s.size()));
  const std::stop_callback on_stop(options.stop, [this] { impl_->crew.halt(); });

  impl_->run_shift(options.warmup, inputs, {});
  std::vector<double> alone_s;
  for (std::size_t i = 0; i < std::min(options.lone, options.batches); ++i)
    for (const double result_s : impl_->run_shift(1, inputs, {}).results_s) alone_s.push_back(result_s);
  impl_->latency_s = median(alone_s);
  return impl_->run_shift(
      options.batches, inputs,
      [&](std::size_t index) {
        if (sink) sink(index, impl_->results);
        if (options.on_progress) options.on_progress(index + 1);
      },
      true);
}

}  // namespace cleave
