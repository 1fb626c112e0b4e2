#pragma once
/// Small random networks whose operators cover what real ones are made of.

#include <cleave/graph.hpp>

#include <cstdint>
#include <vector>

namespace cleave {

/// Network number `index`: eight parts beside each other, run one after another, so that each finds the caches as real
/// networks leave them. Three of four are large, their weights more than caches hold: chains of convolutions (1x1 to
/// 7x7, flat ones, strided, with activations, sums, pooling and joined channels), transformer layers, fully connected
/// layers, and first layers for images, of small and of large kernels, or operators without products. The fourth is
/// small, as networks for phones are: blocks with depthwise convolutions and modules that join channels. Sizes are
/// spread evenly over their logarithms; no operator has more than 1e9 multiply-accumulates a sample. A function
/// of its arguments alone.
[[nodiscard]] Graph sample_network(std::uint64_t index, std::int64_t batch = 1);

/// Quarters of a large network, each a network of its own: two parts, one of them convolutions. Their weights are more
/// than a core's own cache holds, but often fit in one that cores share. None of small networks.
[[nodiscard]] std::vector<Graph> sample_quarters(std::uint64_t index, std::int64_t batch = 1);

}  // namespace cleave
