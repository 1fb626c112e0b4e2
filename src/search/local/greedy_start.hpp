#pragma once
/// A plan to start from where none is known.

#include "search/local/flat_cost.hpp"
#include "search/local/random.hpp"

#include <cleave/plan.hpp>

#include <optional>

namespace cleave::local {

/// Devices in random order, one stage each, take connected operators until they have their share of the work; what a
/// device cannot run goes to the one that has the least to do. It may lack memory.
/// None when an operator runs in no mode that was drawn. Precondition: there are operators and devices.
[[nodiscard]] std::optional<Plan> greedy_start(const FlatCost& flat, Random& random);

}  // namespace cleave::local
