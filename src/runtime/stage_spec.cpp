#include <cleave/runtime.hpp>

#include <set>

namespace cleave {

namespace {

/// What the listed nodes make and what they read.
struct Traffic {
  std::set<ValueId> made;
  std::set<ValueId> read;
};

Traffic traffic_of(const Graph& graph, const std::vector<std::vector<NodeId>>& operators) {
  Traffic traffic;
  for (const auto& nodes : operators) {
    for (const NodeId id : nodes) {
      const Node& node = graph.nodes[id];
      for (const ValueId value : node.inputs)
        if (value.valid() && !graph.constants.contains(value)) traffic.read.insert(value);
      for (const ValueId value : node.outputs)
        if (value.valid()) traffic.made.insert(value);
    }
  }
  return traffic;
}

/// Values that the user or a node outside `inside` reads.
std::set<ValueId> read_outside(const Graph& graph, const std::set<NodeId>& inside) {
  std::set<ValueId> read(graph.outputs.begin(), graph.outputs.end());
  for (const NodeId id : graph.nodes.ids()) {
    if (inside.contains(id)) continue;
    for (const ValueId value : graph.nodes[id].inputs)
      if (value.valid()) read.insert(value);
  }
  return read;
}

}  // namespace

bool Backend::prefers_channels_last(const Graph&, ValueId) const { return false; }

std::optional<std::size_t> Backend::held_bytes() const { return std::nullopt; }

StageSpec make_stage_spec(const Network& network, std::span<const OpId> operators) {
  StageSpec spec;
  spec.graph = network.graph;
  std::set<NodeId> inside;
  for (const OpId op : operators) {
    const auto& nodes = network.operators[op].nodes;
    spec.operators.push_back(nodes);
    inside.insert(nodes.begin(), nodes.end());
  }
  const Traffic traffic = traffic_of(*network.graph, spec.operators);
  const std::set<ValueId> needed = read_outside(*network.graph, inside);
  for (const ValueId value : traffic.read)
    if (!traffic.made.contains(value)) spec.inputs.push_back(value);
  for (const ValueId value : traffic.made)
    if (needed.contains(value)) spec.outputs.push_back(value);
  return spec;
}

Plan unsplit_plan(const Network& network) {
  std::vector<OpId> all;
  for (const OpId op : network.operators.ids()) all.push_back(op);
  return {{{ModeId(0), 1, all}}};
}

}  // namespace cleave
