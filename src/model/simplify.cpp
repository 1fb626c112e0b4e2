#include "model/simplify.hpp"

#include "model/evaluate.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace cleave {

namespace {

class Simplifier {
 public:
  Simplifier(Graph graph, std::map<ValueId, Constant> known)
      : graph_(std::move(graph)),
        outputs_(graph_.outputs.begin(), graph_.outputs.end()),
        replacement_(graph_.values.size()),
        alive_(graph_.nodes.size(), true) {
    for (const ValueId id : graph_.values.ids()) replacement_[id] = id;
    graph_.constants.merge(known);
  }

  Graph run() {
    for (const NodeId id : graph_.nodes.ids()) alive_[id] = !is_constant(graph_.nodes[id]) && !bypass(graph_.nodes[id]);
    for (Node& node : graph_.nodes) {
      for (ValueId& input : node.inputs) input = resolve(input);
      for (ValueId& output : node.outputs) output = resolve(output);
    }
    mark_reachable();
    return compacted();
  }

 private:
  bool is_constant(const Node& node) const {
    return std::all_of(node.outputs.begin(), node.outputs.end(),
                       [&](ValueId output) { return !output.valid() || graph_.constants.contains(output); });
  }

  ValueId resolve(ValueId id) const {
    while (id.valid() && replacement_[id] != id) id = replacement_[id];
    return id;
  }

  bool trains(const Node& node) const {
    if (node.inputs.size() < 3 || !node.inputs[2].valid()) return false;
    const auto flag = graph_.constants.find(node.inputs[2]);
    if (flag == graph_.constants.end()) return true;
    const auto value = small_integers(flag->second);
    return !value || value->empty() || value->front() != 0;
  }

  bool passes_on(const Node& node) const {
    if (!node.domain.empty() || node.outputs.size() != 1 || node.inputs.empty()) return false;
    if (node.type == "Cast") return graph_.values[node.inputs[0]].type == graph_.values[node.outputs[0]].type;
    return node.type == "Identity" || (node.type == "Dropout" && !trains(node));
  }

  /// Joins input and output of a node that passes values on. The name of an output is a promise
  /// to the user: the output's name survives, and where both ends have such a name the node does.
  bool bypass(const Node& node) {
    if (!passes_on(node)) return false;
    const ValueId from = resolve(node.inputs[0]);
    const ValueId to = node.outputs[0];
    if (!outputs_.contains(to)) {
      replacement_[to] = from;
      return true;
    }
    const bool is_input = std::find(graph_.inputs.begin(), graph_.inputs.end(), from) != graph_.inputs.end();
    if (is_input || outputs_.contains(from) || graph_.constants.contains(from)) return false;
    replacement_[from] = to;
    return true;
  }

  void mark_reachable() {
    read_.insert(outputs_.begin(), outputs_.end());
    for (std::size_t n = graph_.nodes.size(); n-- > 0;) {
      const Node& node = graph_.nodes[NodeId(n)];
      const auto is_read = [&](ValueId output) { return output.valid() && read_.contains(output); };
      if (!alive_[NodeId(n)] || !std::any_of(node.outputs.begin(), node.outputs.end(), is_read)) {
        alive_[NodeId(n)] = false;
        continue;
      }
      read_.insert(node.inputs.begin(), node.inputs.end());
      read_.insert(node.outputs.begin(), node.outputs.end());
    }
  }

  Graph compacted() {
    Graph result;
    result.name = graph_.name;
    result.opset = graph_.opset;
    read_.insert(graph_.inputs.begin(), graph_.inputs.end());
    IndexVector<ValueId, ValueId> renumbered(graph_.values.size());
    for (const ValueId id : graph_.values.ids())
      if (read_.contains(id)) renumbered[id] = result.values.push_back(std::move(graph_.values[id]));
    const auto renumber = [&](std::vector<ValueId>& ids) {
      for (ValueId& id : ids)
        if (id.valid()) id = renumbered[id];
    };
    for (const NodeId id : graph_.nodes.ids()) {
      if (!alive_[id]) continue;
      renumber(graph_.nodes[id].inputs);
      renumber(graph_.nodes[id].outputs);
      result.nodes.push_back(std::move(graph_.nodes[id]));
    }
    for (auto& [id, constant] : graph_.constants)
      if (read_.contains(id)) result.constants.emplace(renumbered[id], std::move(constant));
    renumber(graph_.inputs);
    renumber(graph_.outputs);
    result.inputs = std::move(graph_.inputs);
    result.outputs = std::move(graph_.outputs);
    return result;
  }

  Graph graph_;
  std::set<ValueId> outputs_;
  IndexVector<ValueId, ValueId> replacement_;
  IndexVector<NodeId, char> alive_;
  std::set<ValueId> read_;
};

}  // namespace

Graph simplified(Graph graph, std::map<ValueId, Constant> known) {
  return Simplifier(std::move(graph), std::move(known)).run();
}

}  // namespace cleave
