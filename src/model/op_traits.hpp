#pragma once
/// What kind of work each ONNX operator is, and how it may be merged.

#include <cleave/graph.hpp>
#include <cleave/network.hpp>

#include <cstddef>
#include <string>

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

/// The inputs that a product multiplies; of a convolution `second` holds the kernels.
struct Factors {
  std::size_t first = 0;
  std::size_t second = 1;
};
[[nodiscard]] Factors factors_of(const std::string& type);

/// Traits of a node; a product of two activations is `matmul`, also if it is a convolution.
[[nodiscard]] OpTraits traits_of(const Node& node, const IndexVector<ValueId, char>& is_weight);

}  // namespace cleave
