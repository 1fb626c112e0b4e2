#pragma once
/// What a plan that is not interleaved asks of its devices.

#include <cleave/plan.hpp>

#include <cstddef>
#include <set>
#include <vector>

namespace cleave {

/// What one batch asks of a stage, and what the stage has to serve it with.
struct StageTimes {
  double receive_s = 0;
  double compute_s = 0;
  double send_s = 0;
  std::size_t replicas = 1;
  bool overlap = true;
  bool full_duplex = true;
  std::set<std::size_t> producers;  ///< stages whose tensors it reads
};

/// By stage. Shares no code with the closed-form score.
[[nodiscard]] std::vector<StageTimes> stage_times(const CostTable& cost, const Plan& plan);

}  // namespace cleave
