#pragma once
/// Which nodes of one operator are computed by one kernel.

#include "runtime/cpu/onednn.hpp"

#include <cleave/graph.hpp>
#include <cleave/index.hpp>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace cleave::cpu {

/// Per channel: y = scale * x + shift. Kept in double until it is folded into weights.
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;
};

struct WeightedKernel;

/// A kernel to be built: a leading node and what follows it. Applied in this order: affine,
/// residual, function.
struct Step {
  const Node* node = nullptr;
  std::optional<Affine> affine = {};
  ValueId residual = {};  ///< added; invalid where there is none
  std::optional<onednn::Function> function = {};
  ValueId result = {};                  ///< what the last node makes
  std::vector<const Node*> moves = {};  ///< nodes that only move elements, `node` the first; empty where there is one
  std::shared_ptr<const Node> stands_for = {};  ///< `node` where it is not in the graph: it does what several there do
  std::shared_ptr<const WeightedKernel> packed = {};  ///< its weights, where they were packed ahead; null elsewhere
};

/// How often each value is read, the user included.
[[nodiscard]] IndexVector<ValueId, int> count_reads(const Graph& graph);

/// The steps of one operator, in an order in which they can run. Looks at nothing outside the
/// operator but how often its values are read, so that the grouping of operators into stages
/// cannot change what is computed.
[[nodiscard]] std::vector<Step> fuse(const Graph& graph, const IndexVector<ValueId, int>& reads,
                                     std::span<const NodeId> nodes);

/// Whether a scale and a shift per channel can go into the constants of a leading node.
[[nodiscard]] bool can_fold(const Graph& graph, const Node& node);

/// The constant as one number per channel of a value of `shape`, if it has that form.
[[nodiscard]] std::optional<std::vector<double>> per_channel(const Graph& graph, ValueId constant, const Shape& shape,
                                                             std::size_t channel_axis);

/// A batch normalisation whose parameters are all constants.
[[nodiscard]] std::optional<Affine> batch_norm_affine(const Graph& graph, const Node& node);

/// The node as a function of one element with constant parameters, if it is one.
[[nodiscard]] std::optional<onednn::Function> function_of(const Graph& graph, const Node& node);

/// A constant of float elements in double. Empty when it is no constant or has another type.
[[nodiscard]] std::optional<std::vector<double>> constant_doubles(const Graph& graph, ValueId value);

}  // namespace cleave::cpu
