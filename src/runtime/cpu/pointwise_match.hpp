#pragma once
/// Activations that are written out node by node, recognised by what they compute.

#include "runtime/cpu/onednn.hpp"

#include <cleave/graph.hpp>
#include <cleave/index.hpp>

#include <optional>
#include <span>
#include <vector>

namespace cleave::cpu {

/// Some of the nodes compute `function` of one value, element by element, and nobody else reads
/// what they make on the way.
struct PointwiseMatch {
  onednn::Function function = {};
  std::vector<std::size_t> nodes;  ///< positions in the list that was searched
  ValueId result = {};
};

/// Looks among `nodes` (in topological order) for a known function of `value` with constant scalars
/// in it, such as 0.5 * x * (1 + erf(x / sqrt(2))) in any of its spellings.
[[nodiscard]] std::optional<PointwiseMatch> match_pointwise(const Graph& graph, const IndexVector<ValueId, int>& reads,
                                                            std::span<const NodeId> nodes, ValueId value);

}  // namespace cleave::cpu
