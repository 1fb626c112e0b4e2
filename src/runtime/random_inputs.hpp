#pragma once
/// Inputs for networks when nobody brings any.

#include <cleave/network.hpp>

#include <cstdint>
#include <vector>

namespace cleave {

/// One tensor per input of the graph. Floats are uniform in [-1, 1); integers that index a table
/// are uniform over its rows, others are 0 or 1. A function of `seed` alone.
[[nodiscard]] std::vector<Tensor> random_inputs(const Graph& graph, std::uint64_t seed);

}  // namespace cleave
