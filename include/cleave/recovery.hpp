#pragma once
/// Runs that go on when a device is lost.

#include <cleave/runtime.hpp>

namespace cleave {

/// Devices that were lost together, and how the run went on. Time zero is when the first batch of the run went in.
struct Loss {
  std::vector<Failure> failures = {};  ///< at least one, the first to come first; batches and times of the whole run
  std::size_t answered = 0;            ///< batches whose results had been handed over; the next one is computed again
  double at_s = 0;                     ///< when the first was lost
  double replanned_s = 0;              ///< from the loss until there was a new plan
  double recovered_s = 0;              ///< from the loss until the next result; 0 where none came
};

/// What one plan did.
struct RunPart {
  Plan plan = {};
  std::size_t first_batch = 0;
  double start_s = 0;             ///< when its first batch went in
  RunReport report = {};          ///< times since then
  std::optional<Loss> loss = {};  ///< that ended it
};

struct RecoveredRun {
  std::vector<RunPart> parts;
  std::vector<double> results_s;  ///< when each result came
  bool feasible = true;           ///< false: without the lost devices there is no plan; what was answered stays so
};

/// The plan to go on with without the devices that failed under `plan`; none: there is none.
using Replanner = std::function<std::optional<Plan>(const Plan& plan, std::span<const Failure> failures)>;

/// Runs like Executor::run. When a worker throws, `replan` says how to go on: from the first batch that was not
/// answered, without warming up. Every batch is handed to `sink` once, in order, whatever is lost. Errors of the sink,
/// of `replan` and of preparing a plan end the run; so do an InputError and std::bad_alloc of a worker, which another
/// plan would not avoid. `change(plan)` is called before each plan but the first begins: it
/// may change the options that depend on the plan.
using PlanChange = std::function<void(const Plan& plan, RunOptions& options)>;
[[nodiscard]] RecoveredRun run_with_recovery(const Network& network, const Plan& plan, const BackendFactory& backend,
                                             const RunOptions& options, std::span<const std::vector<Tensor>> inputs,
                                             const Executor::Sink& sink, const Replanner& replan,
                                             const PlanChange& change = {});

}  // namespace cleave
