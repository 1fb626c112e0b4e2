#pragma once
/// Layer normalisations that are written out node by node.

#include <cleave/graph.hpp>
#include <cleave/index.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace cleave::cpu {

/// Some of the nodes compute what `node`, a LayerNormalization over the last axis, does, and nobody else reads what
/// they make on the way.
struct NormMatch {
  Node node;
  std::vector<std::size_t> nodes;  ///< positions in the list that was searched, in order
};

/// Looks among `nodes` (in topological order) for (x - mean) / sqrt(mean of (x - mean)^2 + epsilon) * scale + shift,
/// with constant scale and shift, whose first mean is the node at `first`.
[[nodiscard]] std::optional<NormMatch> match_layer_norm(const Graph& graph, const IndexVector<ValueId, int>& reads,
                                                        std::span<const NodeId> nodes, std::size_t first);

}  // namespace cleave::cpu
