#pragma once
/// A plan without its pipeline: what flows between the stages, to be looked at.

#include <cleave/runtime.hpp>

#include <map>
#include <span>
#include <vector>

namespace cleave {

/// What the stages of a plan deliver, and the inputs of the network.
using BorderValues = std::map<ValueId, Tensor>;

/// For each set of inputs, computed one stage after the other in the calling thread. Throws InputError naming node and
/// operator type that a backend does not support.
[[nodiscard]] std::vector<BorderValues> compute_stagewise(const Network& network, const Plan& plan,
                                                          const BackendFactory& backend,
                                                          std::span<const std::vector<Tensor>> inputs);

/// The values that each stage delivers, ascending.
[[nodiscard]] std::vector<std::vector<ValueId>> stage_outputs(const Network& network, const Plan& plan);

}  // namespace cleave
