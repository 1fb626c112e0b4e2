#pragma once
/// What a stage's tensors take, one after the other, of its own time and of the links that devices share.

#include <cleave/plan.hpp>
#include <cleave/runtime.hpp>

#include <cstddef>
#include <vector>

namespace cleave {

using Leg = TransferLeg;

/// What one batch asks of a stage.
struct StageWays {
  std::vector<Leg> receive;
  double compute_s = 0;
  std::vector<Leg> send;
  std::vector<std::size_t> producers;  ///< stages whose tensors it reads, ascending
};

[[nodiscard]] std::vector<StageWays> stage_ways(const CostTable& cost, const Plan& plan);

/// By shared link: how long one batch keeps its busier direction.
[[nodiscard]] std::vector<double> shared_loads_s(const CostTable& cost, const std::vector<StageWays>& stages);

}  // namespace cleave
