#pragma once
/// What kind of work each ONNX operator is, and how it may be merged.

#include <cleave/graph.hpp>
#include <cleave/network.hpp>

namespace cleave {

/// How a node takes part in merging.
enum class Role {
  heavy,      ///< a product: keeps its own operator, absorbs what follows
  pointwise,  ///< one output element from the elements at the same place (and constants)
  view,       ///< reorders or renames, computes nothing
  reduction,  ///< fewer elements than it reads; part of a written-out normalisation
  apart,      ///< stays its own operator
};

struct OpTraits {
  OpKind kind = OpKind::elementwise;
  Role role = Role::apart;
};

/// Values that depend on constants alone: weights, even when a node still decodes them.
[[nodiscard]] IndexVector<ValueId, char> weight_values(const Graph& graph);

/// Traits of a node; a product is `gemm` with weights and `matmul` without.
[[nodiscard]] OpTraits traits_of(const Node& node, const IndexVector<ValueId, char>& is_weight);

}  // namespace cleave
