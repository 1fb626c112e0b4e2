#pragma once
/// Rows of nodes that only move elements (Reshape, Transpose, ...), as one copy.

#include "runtime/cpu/fusion.hpp"
#include "runtime/cpu/layout.hpp"
#include "runtime/cpu/stage_builder.hpp"

#include <optional>
#include <span>

namespace cleave::cpu {

/// Whether the node reorders or renames the elements of its first input, all of them.
[[nodiscard]] bool moves_all(const Node& node);

/// A copy of all elements, dimension by dimension; strides in elements.
struct Move {
  Shape extents;
  Strides from, to;
};
/// What `nodes`, each reading the one before, do together with a source that lies in `from`, if the result is to lie
/// in `to`. Nothing where a reshape joins parts that a transpose has moved apart in another way than as factors.
[[nodiscard]] std::optional<Move> composed(const Graph& graph, std::span<const Node* const> nodes, Layout from,
                                           Layout to);

/// Adds the step that does all of `step.moves`.
void build_moves(StageBuilder& builder, const Step& step);

}  // namespace cleave::cpu
