#pragma once
/// What the ONNX library knows about operators.

#include <cleave/graph.hpp>

#include <onnx/defs/schema.h>

#include <string>

namespace cleave {

/// The newest version of a domain's operators that the library knows and that is not newer than
/// what the graph follows; 0 for a domain that it does not know.
[[nodiscard]] int known_version(const Graph& graph, const std::string& domain);
/// Null for an operator that the library does not know.
[[nodiscard]] const onnx::OpSchema* schema_of(const Graph& graph, const Node& node);
/// Operators born after the library whose output looks like their first input.
[[nodiscard]] bool keeps_first_shape(const Node& node);
/// "node 'conv1' (Conv)", as complaints name it.
[[nodiscard]] std::string place_of(const Node& node);
/// Checks number of inputs and outputs and the attributes. Throws InputError.
void verify_node(const Graph& graph, const Node& node, const std::string& file);

/// Checks the ranks of inputs and the lengths of attributes that the library takes for granted
/// (products, convolutions, pools). Expects known input shapes. Throws InputError.
void verify_ranks(const Graph& graph, const Node& node, const std::string& file);

}  // namespace cleave
