#pragma once
/// Shapes that the ONNX library's inference (1.12) has otherwise.

#include "model/evaluate.hpp"

#include <cleave/graph.hpp>

#include <optional>

namespace cleave {

/// The result's shape where a rule gives one; else the library's inference holds.
[[nodiscard]] std::optional<Shape> shape_by_rule(const Graph& graph, const Node& node,
                                                 const ConstantLookup& constant_of);

/// The result of MaxPool, AveragePool or LpPool, also with dilations. Windows that ceil_mode adds begin in the input or
/// in the padding before it, as in the text of operator set 22, PyTorch and ONNX Runtime. Empty with auto_pad SAME, and
/// for attributes that make no sense.
[[nodiscard]] std::optional<Shape> pool_shape(const Node& node, const Shape& input);

/// The result of Slice whose starts and ends are attributes (before operator set 10). Both may count from the end, and
/// lie beyond it.
[[nodiscard]] std::optional<Shape> slice_shape(const Node& node, const Shape& input);

/// The result of OneHot.
[[nodiscard]] std::optional<Shape> one_hot_shape(const Node& node, const Shape& indices, std::int64_t depth);

}  // namespace cleave
