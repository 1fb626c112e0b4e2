#pragma once
/// Types and shapes of every value of a graph, by the ONNX library's own inference.

#include <cleave/graph.hpp>

#include <string>

namespace cleave {

/// Fills in `type` and `shape` of every value that a node computes. Expects the types and shapes
/// of inputs and constants, and nodes in topological order. Throws InputError (as `file`), naming
/// the node whose output has no static shape.
void infer_shapes(Graph& graph, const std::string& file);

}  // namespace cleave
