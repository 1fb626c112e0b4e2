#pragma once
/// Operators as the ONNX library (1.12, up to operator set 17) and the engines know them.

#include "model/evaluate.hpp"

#include <cleave/graph.hpp>

#include <string>
#include <vector>

namespace cleave {

/// A new constant of int64 numbers.
[[nodiscard]] ValueId add_integers(Graph& graph, const std::string& name, Shape shape,
                                   const std::vector<std::int64_t>& numbers);

/// Writes what operator set 18 added in terms of the sets before: a Pad of some axes as one of all, in their order; a
/// Split into a number of parts as one into parts of given sizes. Expects known input shapes. Throws InputError for
/// axes and pads that are not constant or make no sense, and for parts that cannot be.
void to_known_form(Graph& graph, Node& node, const ConstantLookup& constant_of, const std::string& file);

}  // namespace cleave
