// Going on without a lost device. An executor that failed is thrown away; another one takes up the batches that were
// not answered. A result counts as answered when the sink has had it, so none is lost and none comes twice.
#include <cleave/recovery.hpp>

#include <chrono>
#include <utility>

namespace cleave {
namespace {

using Clock = std::chrono::steady_clock;
using Inputs = std::span<const std::vector<Tensor>>;

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

class Recovery {
 public:
  Recovery(const Network& network, const BackendFactory& backend, const RunOptions& options, Inputs inputs,
           const Executor::Sink& sink)
      : network_(network), backend_(backend), options_(options), inputs_(inputs), sink_(sink) {}

  RecoveredRun run(Plan plan, const Replanner& replan, const PlanChange& change) {
    RunOptions options = options_;
    while (!play(plan, options)) {
      Loss& loss = *run_.parts.back().loss;
      const std::optional<Plan> next = replan(plan, loss.failures);
      loss.replanned_s = seconds(Clock::now() - start_) - loss.at_s;
      run_.feasible = next.has_value();
      if (!next) break;
      plan = *next;
      options = remaining();
      if (change) change(plan, options);
    }
    return std::move(run_);
  }

 private:
  /// False if a worker was lost.
  bool play(const Plan& plan, const RunOptions& options) {
    const std::size_t first = answered_;
    RunPart part{.plan = plan, .first_batch = first};
    Executor executor(network_, plan, backend_, options);
    try {
      part.report = executor.run(inputs_, [&](std::size_t index, std::span<const Tensor> outputs) {
        if (sink_) sink_(first + index, outputs);
        ++answered_;
      });
    } catch (...) {
      auto failures = executor.failures();
      if (failures.empty()) throw;
      part.report = executor.unfinished();
      part.loss = Loss{.failures = std::move(failures), .answered = answered_};
    }
    const bool finished = !part.loss;
    add(std::move(part));
    return finished;
  }

  /// Puts a part that has just ended on the clock of the run.
  void add(RunPart part) {
    const Clock::time_point began =
        Clock::now() - std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(part.report.wall_s));
    if (run_.parts.empty()) start_ = began;
    part.start_s = seconds(began - start_);
    for (const double result_s : part.report.results_s) run_.results_s.push_back(part.start_s + result_s);
    if (!run_.parts.empty() && !part.report.results_s.empty()) {
      Loss& before = *run_.parts.back().loss;
      before.recovered_s = part.start_s + part.report.results_s.front() - before.at_s;
    }
    if (part.loss) {
      for (Failure& failure : part.loss->failures) {
        failure.at_s += part.start_s;
        if (failure.batch) *failure.batch += part.first_batch;
      }
      part.loss->at_s = part.loss->failures.front().at_s;
    }
    run_.parts.push_back(std::move(part));
  }

  [[nodiscard]] RunOptions remaining() const {
    RunOptions options = options_;
    options.batches -= answered_;
    options.first_input += answered_;
    options.warmup = options.lone = 0;
    if (!options.arrivals_s.empty()) {
      options.arrivals_s.erase(options.arrivals_s.begin(),
                               options.arrivals_s.begin() + static_cast<std::ptrdiff_t>(answered_));
      options.arrivals_since = start_;
    }
    if (options.on_progress)
      options.on_progress = [this, before = answered_](std::size_t done) { options_.on_progress(before + done); };
    return options;
  }

  const Network& network_;
  const BackendFactory& backend_;
  const RunOptions& options_;
  Inputs inputs_;
  const Executor::Sink& sink_;
  RecoveredRun run_;
  std::size_t answered_ = 0;
  Clock::time_point start_ = {};
};

}  // namespace

RecoveredRun run_with_recovery(const Network& network, const Plan& plan, const BackendFactory& backend,
                               const RunOptions& options, std::span<const std::vector<Tensor>> inputs,
                               const Executor::Sink& sink, const Replanner& replan, const PlanChange& change) {
  return Recovery(network, backend, options, inputs, sink).run(plan, replan, change);
}

}  // namespace cleave
