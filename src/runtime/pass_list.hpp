#pragma once
/// What an interleaved plan asks of its devices.

#include <cleave/plan.hpp>

#include <array>
#include <cstddef>
#include <set>
#include <vector>

namespace cleave {

/// The operators of a stage that have one depth (see Plan), at one batch.
struct Pass {
  std::size_t stage = 0;
  std::size_t depth = 0;
  std::array<double, 3> phase_s = {};  ///< receive, compute, send
  std::set<std::size_t> after = {};    ///< passes of the same batch that must have sent
};

/// By depth and then stage. Shares no code with the closed-form score.
[[nodiscard]] std::vector<Pass> passes_of(const CostTable& cost, const Plan& plan);

}  // namespace cleave
