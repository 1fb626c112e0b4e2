#include "model/contraction.hpp"

#include <algorithm>
#include <iterator>

namespace cleave {

Contraction::Contraction(const Graph& graph)
    : graph_(graph),
      nodes_(graph.nodes.size()),
      producers_(graph.nodes.size()),
      consumers_(graph.nodes.size()),
      leaves_(graph.nodes.size(), 0),
      enters_(graph.nodes.size(), 0),
      group_of_(graph.nodes.size()),
      made_by_(graph.values.size()),
      readers_(graph.values.size(), 0) {
  for (const NodeId n : graph.nodes.ids()) {
    nodes_[n.at()] = {n};
    group_of_[n.at()] = n.at();
    for (const ValueId output : graph.nodes[n].outputs)
      if (output.valid()) made_by_[output] = n;
  }
  IndexVector<ValueId, char> is_input(graph.values.size(), 0);
  for (const ValueId input : graph.inputs) is_input[input] = 1;
  for (const NodeId n : graph.nodes.ids()) {
    const std::set<ValueId> read(graph.nodes[n].inputs.begin(), graph.nodes[n].inputs.end());
    for (const ValueId input : read) {
      if (!input.valid()) continue;
      ++readers_[input];
      if (is_input[input]) enters_[n.at()] = 1;
      if (!made_by_[input].valid()) continue;
      producers_[n.at()].insert(made_by_[input].at());
      consumers_[made_by_[input].at()].insert(n.at());
    }
  }
  for (const ValueId output : graph.outputs) {
    ++readers_[output];
    if (made_by_[output].valid()) leaves_[made_by_[output].at()] = 1;
  }
}

std::vector<ValueId> Contraction::between(Group producer, Group consumer) const {
  std::set<ValueId> values;
  for (const NodeId n : nodes_[consumer])
    for (const ValueId input : graph_.nodes[n].inputs)
      if (input.valid() && made_by_[input].valid() && group_of_[made_by_[input].at()] == producer) values.insert(input);
  return {values.begin(), values.end()};
}

std::vector<Contraction::Group> Contraction::groups() const {
  std::vector<Group> all;
  for (Group group = 0; group < nodes_.size(); ++group)
    if (!nodes_[group].empty()) all.push_back(group);
  std::sort(all.begin(), all.end(), [&](Group a, Group b) { return nodes_[a].back() < nodes_[b].back(); });
  return all;
}

bool Contraction::is_convex(Group producer, Group consumer) const {
  if (consumers_[producer].size() == 1 || producers_[consumer].size() == 1) return true;
  std::vector<Group> pending;
  std::set<Group> seen{producer};
  for (const Group next : consumers_[producer])
    if (next != consumer) pending.push_back(next);
  while (!pending.empty()) {
    const Group group = pending.back();
    pending.pop_back();
    if (group == consumer) return false;
    if (!seen.insert(group).second) continue;
    pending.insert(pending.end(), consumers_[group].begin(), consumers_[group].end());
  }
  return true;
}

void Contraction::contract(Group producer, Group consumer) {
  std::vector<NodeId> merged;
  std::merge(nodes_[producer].begin(), nodes_[producer].end(), nodes_[consumer].begin(), nodes_[consumer].end(),
             std::back_inserter(merged));
  for (const NodeId n : nodes_[producer]) group_of_[n.at()] = consumer;
  nodes_[consumer] = std::move(merged);
  nodes_[producer].clear();
  for (const Group before : producers_[producer]) {
    consumers_[before].erase(producer);
    consumers_[before].insert(consumer);
    producers_[consumer].insert(before);
  }
  for (const Group after : consumers_[producer]) {
    producers_[after].erase(producer);
    if (after == consumer) continue;
    producers_[after].insert(consumer);
    consumers_[consumer].insert(after);
  }
  producers_[producer].clear();
  consumers_[producer].clear();
  leaves_[consumer] = leaves_[consumer] || leaves_[producer];
  enters_[consumer] = enters_[consumer] || enters_[producer];
}

}  // namespace cleave
