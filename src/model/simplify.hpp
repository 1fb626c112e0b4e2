#pragma once
/// Removing what computes nothing.

#include <cleave/graph.hpp>

#include <map>

namespace cleave {

/// Turns the `known` values into constants, removes nodes that pass a value on unchanged
/// (Identity, Dropout outside training, casts to the same type), then everything that no output
/// depends on. Inputs and the names of outputs stay.
[[nodiscard]] Graph simplified(Graph graph, std::map<ValueId, Constant> known);

}  // namespace cleave
