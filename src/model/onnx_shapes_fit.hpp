#pragma once
/// What the ONNX library's inference does not check: whether the inputs and attributes of a node fit each other.

#include "model/evaluate.hpp"

#include <cleave/graph.hpp>

#include <string>

namespace cleave {

/// Refuses weights, biases, slopes, bounds, windows, axes and indices that do not fit: engines take for granted that
/// they do. Expects known input shapes, and that verify_ranks holds. Throws InputError.
void verify_fit(const Graph& graph, const Node& node, const ConstantLookup& constant_of, const std::string& file);

}  // namespace cleave
