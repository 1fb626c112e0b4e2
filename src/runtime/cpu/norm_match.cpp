#include "runtime/cpu/norm_match.hpp"

#include "runtime/cpu/fusion.hpp"
#include "runtime/cpu/kernel_support.hpp"

#include <algorithm>
#include <string_view>

namespace cleave::cpu {
namespace {

/// A walk from a node to one that reads what it makes, and so on.
class Walk {
 public:
  Walk(const Graph& graph, const IndexVector<ValueId, int>& reads, std::span<const NodeId> nodes, std::size_t first)
      : graph_(graph), reads_(reads), nodes_(nodes), visited_{first} {}

  [[nodiscard]] const Node& here() const { return graph_.nodes[nodes_[visited_.back()]]; }
  [[nodiscard]] ValueId made() const { return here().outputs[0]; }
  [[nodiscard]] const std::vector<std::size_t>& visited() const { return visited_; }
  /// To the first reader of that type, if what was made here is read `count` times.
  bool go(std::string_view type, int count = 1) {
    if (reads_[made()] != count) return false;
    for (std::size_t i = visited_.back() + 1; i < nodes_.size(); ++i) {
      const Node& node = graph_.nodes[nodes_[i]];
      if (node.type != type || std::ranges::find(node.inputs, made()) == node.inputs.end()) continue;
      visited_.push_back(i);
      return true;
    }
    return false;
  }

 private:
  const Graph& graph_;
  const IndexVector<ValueId, int>& reads_;
  std::span<const NodeId> nodes_;
  std::vector<std::size_t> visited_;
};

bool is_mean_of_last(const Graph& graph, const Node& node) {
  if (node.type != "ReduceMean" || node.attribute<std::int64_t>("keepdims", 1) == 0) return false;
  if (graph.values[node.inputs[0]].type != DataType::float32) return false;
  const auto axes = integers(graph, node, "axes", 1);
  const auto last = static_cast<std::int64_t>(shape_of(graph, node.inputs[0]).size()) - 1;
  return axes && axes->size() == 1 && (axes->front() == -1 || axes->front() == last);
}

/// The input of a node with two that is not `known`.
ValueId other_input(const Node& node, ValueId known) { return node.inputs[node.inputs[0] == known ? 1 : 0]; }

std::optional<double> constant_scalar(const Graph& graph, ValueId value) {
  const auto numbers = constant_doubles(graph, value);
  return numbers && numbers->size() == 1 ? std::optional(numbers->front()) : std::nullopt;
}

/// Whether it is constant, one number for each element of the last axis of `shape`.
bool is_row(const Graph& graph, ValueId value, const Shape& shape) {
  if (!graph.constants.contains(value) || graph.values[value].type != DataType::float32) return false;
  const Shape& own = shape_of(graph, value);
  return !own.empty() && own.size() <= shape.size() && own.back() == shape.back() && element_count(own) == shape.back();
}

}  // namespace

std::optional<NormMatch> match_layer_norm(const Graph& graph, const IndexVector<ValueId, int>& reads,
                                          std::span<const NodeId> nodes, std::size_t first) {
  Walk walk(graph, reads, nodes, first);
  if (!is_mean_of_last(graph, walk.here())) return std::nullopt;
  const ValueId x = walk.here().inputs[0], mean = walk.made();
  if (!walk.go("Sub") || walk.here().inputs != std::vector{x, mean}) return std::nullopt;
  const ValueId centred = walk.made();
  if (!walk.go("Pow", 2) || walk.here().inputs[0] != centred) return std::nullopt;
  if (constant_scalar(graph, walk.here().inputs[1]) != 2.0) return std::nullopt;
  if (!walk.go("ReduceMean") || !is_mean_of_last(graph, walk.here())) return std::nullopt;
  const ValueId variance = walk.made();
  if (!walk.go("Add")) return std::nullopt;
  const auto epsilon = constant_scalar(graph, other_input(walk.here(), variance));
  if (!epsilon || !walk.go("Sqrt")) return std::nullopt;
  const ValueId deviation = walk.made();
  if (!walk.go("Div") || walk.here().inputs != std::vector{centred, deviation}) return std::nullopt;
  NormMatch match{.node = {.name = graph.nodes[nodes[first]].name,
                           .type = "LayerNormalization",
                           .domain = "",
                           .inputs = {x},
                           .outputs = {},
                           .attributes = {}},
                  .nodes = {}};
  const Shape& shape = shape_of(graph, x);
  for (const char* type : {"Mul", "Add"}) {
    const ValueId before = walk.made();
    if (!walk.go(type)) return std::nullopt;
    match.node.inputs.push_back(other_input(walk.here(), before));
    if (!is_row(graph, match.node.inputs.back(), shape)) return std::nullopt;
  }
  match.node.outputs = {walk.made()};
  match.node.attributes["epsilon"] = static_cast<float>(*epsilon);
  match.nodes = walk.visited();
  return match;
}

}  // namespace cleave::cpu
