#pragma once
/// Lossless merging: which nodes become one operator.

#include "model/op_traits.hpp"

#include <cleave/graph.hpp>

#include <vector>

namespace cleave {

/// One merged operator: its nodes in topological order, the node it is named after.
struct MergedGroup {
  std::vector<NodeId> nodes;
  NodeId leader = {};
  OpKind kind = OpKind::elementwise;
};

/// Every node in exactly one group; every group convex; groups in topological order.
[[nodiscard]] std::vector<MergedGroup> merge_nodes(const Graph& graph);

}  // namespace cleave
