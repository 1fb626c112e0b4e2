#pragma once
/// Small random networks whose operators cover what real ones are made of.

#include <cleave/graph.hpp>

#include <cstdint>

namespace cleave {

/// Network number `index`: chains of convolutions (1x1 to 7x7, flat ones, strided, depthwise, with activations, sums,
/// pooling and joined channels), first layers for images, transformer layers, fully connected layers, or elementwise
/// operators and copies. Sizes are spread evenly over their logarithms; no operator has more than 1e9
/// multiply-accumulates. A function of `index` alone.
[[nodiscard]] Graph sample_network(std::uint64_t index);

}  // namespace cleave
