#pragma once
/// Groups of nodes that shrink a graph without ever making a cycle.

#include <cleave/graph.hpp>

#include <cstddef>
#include <set>
#include <vector>

namespace cleave {

/// A partition of a graph's nodes whose quotient stays acyclic. It starts with one node a group.
class Contraction {
 public:
  using Group = std::size_t;

  explicit Contraction(const Graph& graph);

  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] const std::vector<NodeId>& nodes(Group group) const { return nodes_[group]; }
  [[nodiscard]] const std::set<Group>& producers(Group group) const { return producers_[group]; }
  [[nodiscard]] const std::set<Group>& consumers(Group group) const { return consumers_[group]; }
  /// Whether one of its values is an output of the graph.
  [[nodiscard]] bool leaves(Group group) const { return leaves_[group]; }
  /// Whether it reads an input of the graph.
  [[nodiscard]] bool enters(Group group) const { return enters_[group]; }
  /// Values that `consumer` reads from `producer`.
  [[nodiscard]] std::vector<ValueId> between(Group producer, Group consumer) const;
  [[nodiscard]] std::size_t readers(ValueId value) const { return readers_[value]; }
  /// Groups that still exist, by their last node.
  [[nodiscard]] std::vector<Group> groups() const;

  /// Whether the two can become one: no path leads from one to the other through a third.
  [[nodiscard]] bool is_convex(Group producer, Group consumer) const;
  /// Makes one group of both, under the consumer's number. Expects is_convex.
  void contract(Group producer, Group consumer);

 private:
  const Graph& graph_;
  std::vector<std::vector<NodeId>> nodes_;
  std::vector<std::set<Group>> producers_;
  std::vector<std::set<Group>> consumers_;
  std::vector<char> leaves_;
  std::vector<char> enters_;
  std::vector<Group> group_of_;
  IndexVector<ValueId, NodeId> made_by_;
  IndexVector<ValueId, std::size_t> readers_;
};

}  // namespace cleave
