#pragma once
/// A start from a partition: from coarse clusters to single operators, annealed at each level.

#include "search/local/anneal.hpp"

namespace cleave::local {

/// A plan that may lack memory, found with about `steps` steps on the levels above the finest. None where greedy_start
/// finds none.
[[nodiscard]] std::optional<Plan> multilevel_start(const FlatCost& flat, const Goal& goal, std::size_t steps,
                                                   Random& random, const std::function<bool()>& stopped);

}  // namespace cleave::local
