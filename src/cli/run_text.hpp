#pragma once
/// What `cleave run` says of a run: what was predicted beside what was measured.

#include "cli/run_engines.hpp"
#include "cli/run_tensors.hpp"
#include "cli/run_verify.hpp"
#include "report/plan_file.hpp"

#include <cleave/runtime.hpp>

namespace cleave::cli {

/// What `run` was asked for.
struct RunRequest {
  std::string plan;
  std::size_t batches = 50;
  bool verify = false;
  bool random_weights = false;
  double rate_per_s = 0;  ///< of inferences that come at random; 0: all are there
  std::vector<double> percentiles;
  std::string trace;
  std::vector<std::string> inputs;
  std::string output;
  std::size_t top_k = 0;
  EngineChoice engine = EngineChoice::plan;
};

struct RunOutcome {
  RunReport measured;
  std::vector<std::string> engines;  ///< what computed each stage
  std::vector<std::string> remarks;  ///< what else there is to say of that, by stage; empty for most
  std::vector<double> latencies_s;   ///< from arrival to result, where batches came at random
  std::vector<Batch> results;        ///< of the distinct inputs
  std::size_t done = 0;
  std::optional<Verification> verification;
};

/// For people, and for scripts.
[[nodiscard]] std::string run_text(const PlanFile& file, const RunRequest& options, const RunOutcome& outcome);
[[nodiscard]] std::string run_json(const PlanFile& file, const RunRequest& options, const RunOutcome& outcome);

}  // namespace cleave::cli
