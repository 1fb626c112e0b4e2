#pragma once
/// Reference arithmetic on tensors of a few elements.

#include <cleave/graph.hpp>

#include <optional>
#include <vector>

namespace cleave {

// One operator on constants. `inputs` are null where absent. The node's output has the type and
// shape of `output`. Empty for operators and element types that are not evaluated.

/// Operators that choose and arrange elements: Gather, Slice, Transpose, Expand, Concat, Where.
[[nodiscard]] std::optional<Tensor> evaluate_move(const Node& node, const std::vector<const Tensor*>& inputs,
                                                  const Value& output);
/// Operators that compute elements: arithmetic, comparisons, Range.
[[nodiscard]] std::optional<Tensor> evaluate_arithmetic(const Node& node, const std::vector<const Tensor*>& inputs,
                                                        const Value& output);

}  // namespace cleave
