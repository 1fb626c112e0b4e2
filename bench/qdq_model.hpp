#pragma once
/// A network as other runtimes take it.

#include <cleave/network.hpp>
#include <cleave/runtime.hpp>

namespace cleave::bench {

/// Without the softmax that ends it, and what follows that: with drawn weights softmax leaves one 1 and many 0, which
/// hides every error.
[[nodiscard]] Network without_final_softmax(const Network& network);

/// The network with an operator for each node: nothing is fused.
[[nodiscard]] Network unmerged(const Network& network);

/// The network with 8-bit integers, as pairs of QuantizeLinear and DequantizeLinear around its products: the same
/// scales, zeros and weights that the CPU engine takes. Scales behind products are folded into their weights.
[[nodiscard]] Network qdq_network(const Network& network, const Ranges& ranges);

}  // namespace cleave::bench
