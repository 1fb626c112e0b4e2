#pragma once
/// What a worker computes in one go.

#include <cleave/network.hpp>
#include <cleave/plan.hpp>

#include <cstddef>
#include <vector>

namespace cleave {

/// A stage; of an interleaved plan, the operators of a stage that have one depth (see Plan).
struct Unit {
  std::size_t stage = 0;
  std::size_t depth = 0;  ///< 0 where data flows between stages without a circle
  std::vector<OpId> operators = {};
};

/// In an order in which data flows, or in that of the stages where each is a unit. Precondition: every operator is in
/// one stage.
[[nodiscard]] std::vector<Unit> units_of(const Network& network, const Plan& plan);

}  // namespace cleave
