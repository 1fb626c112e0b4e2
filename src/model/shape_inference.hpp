#pragma once
/// Types and shapes of every value of a graph, by the ONNX library's own inference.

#include <cleave/graph.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace cleave {

/// Fills in `type` and `shape` of every value that a node computes. Expects the types and shapes
/// of inputs and constants, and nodes in topological order. Throws InputError (as `file`), naming
/// the node whose output has no static shape.
void infer_shapes(Graph& graph, const std::string& file);

/// A change of the batch that an exporter wrote into the targets of Reshape nodes and into rows that it repeats for
/// each sample.
struct Rebatch {
  std::int64_t from = 1;
  std::int64_t to = 1;
};

/// The same; returns the values whose elements turned out to be known (shape computations,
/// literals). Where `rebatch` is given, Reshape targets and repeated rows follow it.
std::map<ValueId, Constant> propagate(Graph& graph, const std::string& file,
                                      const std::optional<Rebatch>& rebatch = std::nullopt);

}  // namespace cleave
