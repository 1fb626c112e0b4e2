#pragma once
/// What `cleave run` says of a run: what was predicted beside what was measured.

#include "cli/process_memory.hpp"
#include "cli/run_engines.hpp"
#include "cli/run_request.hpp"
#include "cli/run_tensors.hpp"
#include "cli/run_verify.hpp"
#include "report/plan_file.hpp"
#include "runtime/energy/energy_window.hpp"

#include <cleave/recovery.hpp>

namespace cleave::cli {

struct RunOutcome {
  RunReport measured;                         ///< of the last plan; wall time and results of the whole run
  std::vector<RunPart> parts;                 ///< more than one where devices were lost
  std::vector<FrontierPoint> points;          ///< their plans, as predicted
  std::string no_plan;                        ///< why the run could not go on; empty if it could
  std::vector<std::string> engines;           ///< what computed each stage of the last plan
  std::vector<bool> on_cpu;                   ///< whether it did so on the worker's core
  std::vector<std::string> remarks;           ///< what else there is to say of that, by stage; empty for most
  std::vector<double> latencies_s;            ///< from arrival to result, where batches came at random
  std::vector<Batch> results;                 ///< of the distinct inputs, where they are asked for
  std::vector<std::string> faults_left = {};  ///< of --inject-fault, that did not happen
  std::size_t done = 0;
  std::optional<WindowEnergy> energy = {};  ///< of the batches behind the first; none: this machine has no counters
  std::optional<ProcessMemory> before, running;  ///< before stages were prepared, and when the last batch was done
  std::optional<Verification> verification;
};

/// For people, and for scripts.
[[nodiscard]] std::string run_text(const PlanFile& file, const RunRequest& options, const RunOutcome& outcome);
[[nodiscard]] std::string run_json(const PlanFile& file, const RunRequest& options, const RunOutcome& outcome);

}  // namespace cleave::cli
