#include "base/graph_order.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>

#include <functional>
#include <queue>

namespace cleave {

std::optional<std::vector<std::size_t>> topological_order(std::size_t vertices, const Edges& edges) {
  std::vector<std::vector<std::size_t>> successors(vertices);
  std::vector<std::size_t> missing(vertices, 0);
  for (const auto& [from, to] : edges) {
    successors[from].push_back(to);
    ++missing[to];
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t v = 0; v < vertices; ++v)
    if (missing[v] == 0) ready.push(v);
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t v = ready.top();
    ready.pop();
    order.push_back(v);
    for (const std::size_t w : successors[v])
      if (--missing[w] == 0) ready.push(w);
  }
  if (order.size() != vertices) return std::nullopt;
  return order;
}

std::vector<std::size_t> strong_components(std::size_t vertices, const Edges& edges) {
  using Directed = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
  const Directed graph(edges.begin(), edges.end(), vertices);
  std::vector<std::size_t> component(vertices);
  boost::strong_components(
      graph, boost::make_iterator_property_map(component.begin(), boost::get(boost::vertex_index, graph)));
  return component;
}

}  // namespace cleave
