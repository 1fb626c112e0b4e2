#pragma once
/// Which products a crossbar takes, and how they lie in it.

#include "runtime/cim/product.hpp"
#include "runtime/cpu/fusion.hpp"

#include <cleave/graph.hpp>

#include <optional>
#include <string>

namespace cleave::cim {

/// A product of the graph: what a chip runs on its arrays, or cannot run.
[[nodiscard]] bool is_product(const Node& node);
/// Why the product cannot run on `crossbar`; empty if it can.
[[nodiscard]] std::string product_unsupported(const Graph& graph, const Node& node, const Crossbar& crossbar);

/// The product of a step. Precondition: it is one that can run.
[[nodiscard]] ProductShape product_shape(const Graph& graph, const Node& node, const Crossbar& crossbar);
/// Its weights with all that is folded into them.
[[nodiscard]] ProductWeights product_weights(const Graph& graph, const cpu::Step& step, const ProductShape& shape,
                                             const Crossbar& crossbar);

}  // namespace cleave::cim
