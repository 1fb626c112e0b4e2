#pragma once
/// Some of the ideals, where all would be too many.

#include "search/lattice.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace cleave {

/// Bytes that a tensor moves where it moves least: what a border costs.
[[nodiscard]] IndexVector<TensorId, double> least_bytes(const CostTable& cost);

/// Topological orders that a plan is likely to follow: the network's own; one branch after the other (what became ready
/// last goes first); all branches side by side (what became ready first goes first).
[[nodiscard]] std::vector<std::vector<OpId>> likely_orders(const CostTable& cost);

/// The prefixes of `orders` and, of each level, about `width` ideals more: those with the cheapest boundary among the
/// successors of the level below. Every ideal lies on a path from the bottom to the top. None when `give_up`
/// (polled once a level) says so.
/// Time O(operators x width x operators that may follow x degree), memory O(operators^2 x width / 8 bytes).
[[nodiscard]] std::optional<Lattice> beam(const CostTable& cost, const std::vector<std::vector<OpId>>& orders,
                                          std::size_t width, const std::function<bool()>& give_up);

}  // namespace cleave
