#include "cli/run_causes.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave::cli {
namespace {

/// What is worth a word.
constexpr double kTolerance = 0.05;

std::string waiting_for_a_core(const RunReport& run, const WorkerReport& worker, std::size_t cores) {
  const double waited = 1 - worker.cpu_s / worker.engine_s;
  const std::string how = fmt::format("{:.0f} % of its computing it waited for a core", 100 * waited);
  return run.workers.size() > cores ? fmt::format("{}: {} workers share {}", how, run.workers.size(), cores)
                                    : how + ": other programs use it";
}

/// The stage that holds up the one of `worker`: the busiest of the others.
const WorkerReport* holding_up(const RunReport& run, const WorkerReport& worker) {
  const WorkerReport* busiest = nullptr;
  for (const WorkerReport& other : run.workers)
    if (other.stage != worker.stage && (!busiest || other.busy_s > busiest->busy_s)) busiest = &other;
  return busiest;
}

std::string blocking(const RunReport& run, const WorkerReport& worker) {
  const double wall_s = worker.busy_s + worker.blocked_s + worker.idle_s;
  const WorkerReport* other = holding_up(run, worker);
  if (worker.blocked_s <= kTolerance * wall_s || !other) return "";
  return fmt::format("blocked {:.0f} % of the time by stage {}", 100 * worker.blocked_s / wall_s, other->stage);
}

std::string slowness(const RunReport& run, const WorkerReport& worker, const Residual& residual, bool on_cpu,
                     double pace, std::size_t cores) {
  const auto batches = static_cast<double>(worker.batches);
  if (pace > 0 && (worker.late == 0 || residual.measured_s <= (1 + kTolerance) * residual.predicted_s)) return "";
  const double computed_s = on_cpu ? worker.cpu_s : worker.engine_s;
  const bool waits = computed_s < (1 - kTolerance) * worker.engine_s;
  const bool slow = computed_s > (1 + kTolerance) * residual.predicted_s * batches;
  if (pace > 0)
    return fmt::format("could not keep pace, late in {} of {} passes: {}", worker.late, worker.batches,
                       waits && !slow ? waiting_for_a_core(run, worker, cores)
                                      : fmt::format("its kernels take {} here", si(worker.engine_s / batches, "s")));
  if (waits) return waiting_for_a_core(run, worker, cores);
  if (slow) return "its kernels are slower here than predicted";
  return residual.relative && *residual.relative < -kTolerance ? "its kernels are faster here than predicted" : "";
}

}  // namespace

Residual residual_of(const RunReport& run, const WorkerReport& worker, const PlannedStage& stage, double pace,
                     std::size_t cores) {
  Residual residual{.predicted_s = stage.load_s * stage.replicas * (pace > 0 ? pace : 1)};
  if (worker.batches == 0) return residual;
  residual.measured_s = worker.busy_s / static_cast<double>(worker.batches);
  if (residual.predicted_s > 0) residual.relative = residual.measured_s / residual.predicted_s - 1;
  for (const std::string& cause : {slowness(run, worker, residual, stage.on_cpu, pace, cores), blocking(run, worker)})
    if (!cause.empty()) residual.cause += (residual.cause.empty() ? "" : "; ") + cause;
  return residual;
}

}  // namespace cleave::cli
