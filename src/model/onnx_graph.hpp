#pragma once
/// A parsed ONNX message as a graph: names resolved, nodes sorted, the batch set. Shapes of what
/// nodes compute are still unknown.

#include "model/onnx_weights.hpp"

#include <cleave/graph.hpp>

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

struct LinkedGraph {
  Graph graph;
  /// First dimension that the file fixes for its inputs, if it fixes one.
  std::optional<std::int64_t> file_batch;
};

/// `batch` replaces the first dimension of every input; 0 keeps what the file fixes.
/// Throws InputError: dangling inputs, values made twice, cycles, subgraphs, unknown operators,
/// dynamic dimensions.
[[nodiscard]] LinkedGraph link_graph(const onnx::ModelProto& model, const std::vector<RawRange>& raw,
                                     const WeightSource& source, const std::string& file, std::int64_t batch);

}  // namespace cleave
