#pragma once
/// Values that follow from constants and shapes alone: what exporters compute shapes with.

#include <cleave/graph.hpp>

#include <functional>
#include <optional>

namespace cleave {

/// The constant behind a value; null when it depends on an input of the network.
using ConstantLookup = std::function<const Constant*(ValueId)>;

/// Tensors up to this size are worth holding as numbers.
inline constexpr std::int64_t small_elements = 65536;

/// The elements of a small constant; empty for large and drawn ones.
[[nodiscard]] std::optional<Tensor> small_tensor(const Constant& constant);
/// The elements of a small constant of whole numbers; empty for others.
[[nodiscard]] std::optional<std::vector<std::int64_t>> small_integers(const Constant& constant);

/// The output of a node, whose type and shape are known, when it follows from constants and
/// shapes alone. Large contents are passed on, never expanded.
[[nodiscard]] std::optional<Constant> evaluate(const Graph& graph, const Node& node, const ConstantLookup& constant_of);

/// Whether the node only renames the shape of its first input.
[[nodiscard]] bool is_view(const Node& node);

}  // namespace cleave
