#include "runtime/executor/units.hpp"

#include "base/graph_order.hpp"

#include <algorithm>
#include <map>

namespace cleave {
namespace {

using ByOperator = IndexVector<OpId, std::size_t>;

/// Operators that each operator reads from, itself excluded.
IndexVector<OpId, std::vector<OpId>> producers_of(const Network& network) {
  const Graph& graph = *network.graph;
  std::map<ValueId, OpId> maker;
  IndexVector<OpId, std::vector<OpId>> producers(network.operators.size());
  for (const OpId op : network.operators.ids())
    for (const NodeId node : network.operators[op].nodes)
      for (const ValueId value : graph.nodes[node].outputs) maker[value] = op;
  for (const OpId op : network.operators.ids())
    for (const NodeId node : network.operators[op].nodes)
      for (const ValueId value : graph.nodes[node].inputs)
        if (const auto made = maker.find(value); value.valid() && made != maker.end() && made->second != op)
          producers[op].push_back(made->second);
  return producers;
}

bool flows_in_circle(const IndexVector<OpId, std::vector<OpId>>& producers, const ByOperator& home,
                     std::size_t stages) {
  Edges edges;
  for (const OpId op : producers.ids())
    for (const OpId producer : producers[op])
      if (home[producer] != home[op]) edges.emplace_back(home[producer], home[op]);
  return !topological_order(stages, edges);
}

}  // namespace

std::vector<Unit> units_of(const Network& network, const Plan& plan) {
  ByOperator home(network.operators.size());
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (const OpId op : plan.stages[s].operators) home[op] = s;
  const auto producers = producers_of(network);
  std::vector<Unit> units;
  if (!flows_in_circle(producers, home, plan.stages.size())) {
    for (std::size_t s = 0; s < plan.stages.size(); ++s) units.push_back({s, 0, plan.stages[s].operators});
    return units;
  }
  // Operators are in an order in which data flows.
  ByOperator depth(network.operators.size(), 0);
  std::map<std::pair<std::size_t, std::size_t>, Unit> by_depth;
  for (const OpId op : network.operators.ids()) {
    for (const OpId producer : producers[op])
      depth[op] = std::max(depth[op], depth[producer] + (home[producer] == home[op] ? 0 : 1));
    Unit& unit = by_depth[{depth[op], home[op]}];
    unit.stage = home[op];
    unit.depth = depth[op];
    unit.operators.push_back(op);
  }
  for (auto& [key, unit] : by_depth) units.push_back(std::move(unit));
  return units;
}

}  // namespace cleave
