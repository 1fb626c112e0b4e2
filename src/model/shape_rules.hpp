#pragma once
/// Shapes that the ONNX library's inference (1.12) has otherwise.

#include <cleave/graph.hpp>

#include <optional>

namespace cleave {

/// The result's shape where there is a rule for the node; else the library's inference holds.
[[nodiscard]] std::optional<Shape> shape_by_rule(const Graph& graph, const Node& node);

/// The result of MaxPool, AveragePool or LpPool, also with dilations. Windows that ceil_mode adds begin in the input or
/// in the padding before it, as in the text of operator set 22, PyTorch and ONNX Runtime. Empty with auto_pad SAME, and
/// for attributes that make no sense.
[[nodiscard]] std::optional<Shape> pool_shape(const Node& node, const Shape& input);

}  // namespace cleave
