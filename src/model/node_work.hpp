#pragma once
/// Arithmetic of single ONNX nodes from their shapes.

#include "model/op_traits.hpp"

#include <cleave/graph.hpp>
#include <cleave/network.hpp>

namespace cleave {

struct NodeWork {
  Gemm gemm = {};
  Window window = {};
  std::int64_t macs = 0;
  /// Other arithmetic, by convention: pointwise 1 per output element and operand combined (batch
  /// norm 2, cast 0), bias 1, pooling the window per output element, softmax 5, layer norm 8,
  /// local response norm 2 per neighbour and 4 more, reductions 1 per input element, views and
  /// movement 0.
  std::int64_t flops = 0;
};

/// A product whose first factor alone `is_weight` counts as the same product with its factors exchanged, so that `n` is
/// the columns of weights; a transposed convolution as one over its input's pixels.
[[nodiscard]] NodeWork work_of(const Graph& graph, const Node& node, OpKind kind,
                               const IndexVector<ValueId, char>& is_weight);

}  // namespace cleave
