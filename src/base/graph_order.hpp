#pragma once
/// Orders of directed graphs.

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace cleave {

/// Directed edges between the vertices 0 .. n-1.
using Edges = std::vector<std::pair<std::size_t, std::size_t>>;

/// The vertices so that every edge points forward; among equals the smaller index first, so that
/// an order that is already good is kept. Empty when there is a cycle.
[[nodiscard]] std::optional<std::vector<std::size_t>> topological_order(std::size_t vertices, const Edges& edges);

/// For each vertex the number of its strongly connected component.
[[nodiscard]] std::vector<std::size_t> strong_components(std::size_t vertices, const Edges& edges);

}  // namespace cleave
