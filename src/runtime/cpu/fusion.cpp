#include "runtime/cpu/fusion.hpp"

#include "runtime/cpu/layout.hpp"
#include "runtime/cpu/moves.hpp"
#include "runtime/cpu/norm_match.hpp"
#include "runtime/cpu/pointwise_match.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace cleave::cpu {

bool can_fold(const Graph& graph, const Node& node) {
  if (node.type == "BatchNormalization") return true;
  const auto constant = [&](std::size_t i) {
    return i >= node.inputs.size() || !node.inputs[i].valid() || graph.constants.contains(node.inputs[i]);
  };
  // A Gemm whose third factor is a whole matrix adds it after the product: not foldable.
  if (node.type == "Gemm" && node.inputs.size() > 2 && node.inputs[2].valid() &&
      !per_channel(graph, node.inputs[2], graph.values[node.outputs[0]].shape, 1))
    return false;
  return constant(1) && constant(2);
}

namespace {

bool is_product(const Node& node) { return node.type == "Gemm" || node.type == "MatMul"; }

/// Leading nodes whose kernels apply what follows them.
bool can_lead(const Graph& graph, const Node& node) {
  if (node.type == "BatchNormalization") return batch_norm_affine(graph, node).has_value();
  if (node.type == "Conv")
    return node.inputs.size() < 3 || !node.inputs[2].valid() || graph.constants.contains(node.inputs[2]);
  if (node.type == "Gemm") return true;
  return node.type == "MatMul" && graph.constants.contains(node.inputs[1]) &&
         graph.values[node.inputs[1]].shape.size() == 2 && graph.values[node.inputs[0]].shape.size() >= 2;
}

std::size_t channel_axis(const Graph& graph, const Node& lead) {
  return is_product(lead) ? graph.values[lead.outputs[0]].shape.size() - 1 : 1;
}

void scale_by(Affine& affine, const std::vector<double>& factor) {
  for (std::size_t i = 0; i < factor.size(); ++i) {
    affine.scale[i] *= factor[i];
    affine.shift[i] *= factor[i];
  }
}

Affine identity(std::size_t channels) {
  return {std::vector<double>(channels, 1.0), std::vector<double>(channels, 0.0)};
}

/// Multiplication or addition of constants, one per channel.
std::optional<Affine> constant_affine(const Graph& graph, const Node& node, ValueId operand, std::size_t axis) {
  if (node.inputs.size() != 2 || node.has("broadcast")) return std::nullopt;
  const bool first = node.inputs[0] == operand;
  const Shape& shape = graph.values[node.outputs[0]].shape;
  const auto numbers = per_channel(graph, node.inputs[first ? 1 : 0], shape, axis);
  if (!numbers || graph.values[operand].shape != shape) return std::nullopt;
  Affine affine = identity(numbers->size());
  for (std::size_t i = 0; i < numbers->size(); ++i) {
    const double number = (*numbers)[i];
    if (node.type == "Add")
      affine.shift[i] = number;
    else if (node.type == "Mul")
      affine.scale[i] = number;
    else if (node.type == "Sub" && first)
      affine.shift[i] = -number;
    else if (node.type == "Div" && first)
      affine.scale[i] = 1 / number;
    else
      return std::nullopt;
  }
  return affine;
}

std::optional<Affine> affine_of(const Graph& graph, const Node& node, ValueId operand, std::size_t axis) {
  if (node.type == "BatchNormalization")
    return axis == 1 && node.inputs[0] == operand ? batch_norm_affine(graph, node) : std::nullopt;
  return constant_affine(graph, node, operand, axis);
}

/// The other input of an addition of two equal shapes.
std::optional<ValueId> residual_of(const Graph& graph, const Node& node, ValueId operand) {
  if ((node.type != "Add" && node.type != "Sum") || node.inputs.size() != 2) return std::nullopt;
  const ValueId residual = node.inputs[node.inputs[0] == operand ? 1 : 0];
  const bool same = graph.values[residual].shape == graph.values[operand].shape;
  return same && residual != operand ? std::optional(residual) : std::nullopt;
}

/// Takes `node`, which reads the result of `step`, into it. False if it does not fit.
bool absorb(const Graph& graph, Step& step, const Node& node) {
  if (step.function || node.outputs.size() != 1 || graph.values[node.outputs[0]].type != DataType::float32)
    return false;
  const std::size_t axis = channel_axis(graph, *step.node);
  if (!step.residual.valid() && can_fold(graph, *step.node)) {
    if (const auto affine = affine_of(graph, node, step.result, axis)) {
      if (!step.affine) step.affine = identity(affine->scale.size());
      scale_by(*step.affine, affine->scale);
      for (std::size_t i = 0; i < affine->shift.size(); ++i) step.affine->shift[i] += affine->shift[i];
      return true;
    }
  }
  const bool adds_later =
      step.node->type == "BatchNormalization" || (is_product(*step.node) && !can_fold(graph, *step.node));
  if (!step.residual.valid() && !adds_later) {
    if (const auto residual = residual_of(graph, node, step.result)) {
      step.residual = *residual;
      return true;
    }
  }
  step.function = function_of(graph, node);
  return step.function.has_value();
}

/// Who reads each value of the operator, where only one node does.
std::map<ValueId, std::size_t> single_readers(const Graph& graph, const IndexVector<ValueId, int>& reads,
                                              std::span<const NodeId> nodes) {
  std::map<ValueId, std::size_t> readers;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (const ValueId value : graph.nodes[nodes[i]].inputs)
      if (value.valid() && reads[value] == 1) readers[value] = i;
  return readers;
}

/// Takes the only reader of the step's result into the step. Its position; nothing if it does not fit.
std::optional<std::size_t> absorb_next(const Graph& graph, Step& step, std::span<const NodeId> nodes,
                                       const std::map<ValueId, std::size_t>& readers, std::set<std::size_t>& taken) {
  const auto next = readers.find(step.result);
  if (next == readers.end() || taken.contains(next->second)) return std::nullopt;
  const Node& follower = graph.nodes[nodes[next->second]];
  if (!absorb(graph, step, follower)) return std::nullopt;
  taken.insert(next->second);
  step.result = follower.outputs[0];
  return next->second;
}

/// Takes an activation that is written out behind the step into it.
std::optional<PointwiseMatch> absorb_function(const Graph& graph, const IndexVector<ValueId, int>& reads, Step& step,
                                              std::span<const NodeId> nodes) {
  if (step.function) return std::nullopt;
  auto match = match_pointwise(graph, reads, nodes, step.result);
  if (!match) return std::nullopt;
  step.function = match->function;
  step.result = match->result;
  return match;
}

/// Takes the nodes behind the first that only move elements too, if one copy can do what they do. The position of the
/// last of them.
std::size_t absorb_moves(const Graph& graph, Step& step, std::size_t first, std::span<const NodeId> nodes,
                         const std::map<ValueId, std::size_t>& readers, std::set<std::size_t>& taken) {
  std::vector<const Node*> moves{step.node};
  std::vector<std::size_t> positions;
  for (auto next = readers.find(step.result); next != readers.end(); next = readers.find(moves.back()->outputs[0])) {
    const Node& follower = graph.nodes[nodes[next->second]];
    if (!moves_all(follower) || follower.inputs[0] != moves.back()->outputs[0]) break;
    moves.push_back(&follower);
    positions.push_back(next->second);
  }
  const bool transposes = std::ranges::any_of(moves, [](const Node* node) { return node->type == "Transpose"; });
  if (positions.empty() || !transposes || !composed(graph, moves, Layout::row_major, Layout::row_major)) return first;
  taken.insert(positions.begin(), positions.end());
  step.result = moves.back()->outputs[0];
  step.moves = std::move(moves);
  return positions.back();
}

/// A step of a node that is not in the graph.
Step in_place_of_several(Node node) {
  const auto owned = std::make_shared<const Node>(std::move(node));
  return {.node = owned.get(), .result = owned->outputs[0], .stands_for = owned};
}

}  // namespace

IndexVector<ValueId, int> count_reads(const Graph& graph) {
  IndexVector<ValueId, int> reads(graph.values.size(), 0);
  for (const Node& node : graph.nodes)
    for (const ValueId value : node.inputs)
      if (value.valid()) ++reads[value];
  for (const ValueId value : graph.outputs) ++reads[value];
  return reads;
}

std::vector<Step> fuse(const Graph& graph, const IndexVector<ValueId, int>& reads, std::span<const NodeId> nodes) {
  const auto readers = single_readers(graph, reads, nodes);
  // A step runs where its last node stood: by then all that any of its nodes reads is there.
  std::map<std::size_t, Step> by_last_node;
  std::set<std::size_t> taken;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (taken.contains(i)) continue;
    if (auto match = match_layer_norm(graph, reads, nodes, i)) {
      taken.insert(match->nodes.begin(), match->nodes.end());
      by_last_node.emplace(match->nodes.back(), in_place_of_several(std::move(match->node)));
      continue;
    }
    const Node& node = graph.nodes[nodes[i]];
    Step step{.node = &node, .result = node.outputs[0]};
    std::size_t last = i;
    if (moves_all(node)) last = absorb_moves(graph, step, i, nodes, readers, taken);
    if (can_lead(graph, node)) {
      while (const auto follower = absorb_next(graph, step, nodes, readers, taken)) last = *follower;
      if (const auto match = absorb_function(graph, reads, step, nodes)) {
        taken.insert(match->nodes.begin(), match->nodes.end());
        last = match->nodes.back();
      }
    }
    by_last_node.emplace(last, std::move(step));
  }
  std::vector<Step> steps;
  for (auto& [last, step] : by_last_node) steps.push_back(std::move(step));
  return steps;
}

std::optional<std::vector<double>> constant_doubles(const Graph& graph, ValueId value) {
  const auto found = value.valid() ? graph.constants.find(value) : graph.constants.end();
  if (found == graph.constants.end() || found->second.type != DataType::float32) return std::nullopt;
  const Tensor tensor = materialize(found->second);
  const auto elements = tensor.as<float>();
  return std::vector<double>(elements.begin(), elements.end());
}

std::optional<std::vector<double>> per_channel(const Graph& graph, ValueId constant, const Shape& shape,
                                               std::size_t channel_axis) {
  if (!graph.constants.contains(constant)) return std::nullopt;
  const Shape& own = graph.values[constant].shape;
  if (own.size() > shape.size() || channel_axis >= shape.size()) return std::nullopt;
  const auto extent = shape[channel_axis];
  const Shape full = aligned(own, shape.size());
  if (full[channel_axis] != 1 && full[channel_axis] != extent) return std::nullopt;
  if (element_count(own) != full[channel_axis]) return std::nullopt;
  auto numbers = constant_doubles(graph, constant);
  if (numbers && numbers->size() == 1) numbers->assign(static_cast<std::size_t>(extent), numbers->front());
  return numbers;
}

std::optional<Affine> batch_norm_affine(const Graph& graph, const Node& node) {
  const auto scale = constant_doubles(graph, node.inputs[1]);
  const auto bias = constant_doubles(graph, node.inputs[2]);
  const auto mean = constant_doubles(graph, node.inputs[3]);
  const auto variance = constant_doubles(graph, node.inputs[4]);
  if (!scale || !bias || !mean || !variance) return std::nullopt;
  const double epsilon = static_cast<double>(node.attribute("epsilon", 1e-5F));
  Affine affine;
  for (std::size_t c = 0; c < scale->size(); ++c) {
    affine.scale.push_back((*scale)[c] / std::sqrt((*variance)[c] + epsilon));
    affine.shift.push_back((*bias)[c] - (*mean)[c] * affine.scale.back());
  }
  return affine;
}

}  // namespace cleave::cpu
