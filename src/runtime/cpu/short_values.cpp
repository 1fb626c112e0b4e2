#include "runtime/cpu/short_values.hpp"

#include "runtime/cpu/fusion.hpp"
#include "runtime/cpu/kernel_support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>

namespace cleave::cpu {

namespace {

bool is_constant(const Graph& graph, ValueId value) { return graph.constants.contains(value); }

/// Nodes whose kernels move or compare elements: they work on short forms as on long ones.
bool only_moves(const Node& node) {
  static constexpr std::array<std::string_view, 12> kTypes{"Concat",   "Dropout", "Flatten",   "GlobalMaxPool",
                                                           "Identity", "MaxPool", "Reshape",   "Slice",
                                                           "Split",    "Squeeze", "Transpose", "Unsqueeze"};
  return std::ranges::find(kTypes, node.type) != kTypes.end();
}

/// Nodes that add rounding of their own to short forms: too much for integers, where the mean of many is small.
bool averages(const Node& node) { return node.type == "AveragePool" || node.type == "GlobalAveragePool"; }

/// An addition that a product may take with it: one of its inputs is what the product makes.
bool adds_to_product(const Graph& graph, const IndexVector<ValueId, const Node*>& makers, const Node& node) {
  if ((node.type != "Add" && node.type != "Sum") || node.inputs.size() != 2) return false;
  if (shape_of(graph, node.inputs[0]) != shape_of(graph, node.inputs[1])) return false;
  return std::ranges::any_of(node.inputs, [&](ValueId value) {
    const Node* maker = makers[value];
    // A scale between the two is folded into the weights.
    if (maker && maker->type == "BatchNormalization") maker = makers[maker->inputs[0]];
    return maker && multiplies_short(graph, *maker);
  });
}

IndexVector<ValueId, const Node*> makers_of(const Graph& graph) {
  IndexVector<ValueId, const Node*> makers(graph.values.size(), nullptr);
  for (const Node& node : graph.nodes)
    for (const ValueId value : node.outputs)
      if (value.valid()) makers[value] = &node;
  return makers;
}

/// The addition whose result `node` makes, with or without a function behind it; null if it is none for a product.
const Node* sum_of(const Graph& graph, const IndexVector<ValueId, const Node*>& makers, const Node& node) {
  const Node* sum = function_of(graph, node) ? makers[node.inputs[0]] : &node;
  return sum && adds_to_product(graph, makers, *sum) ? sum : nullptr;
}

/// What the engine's kinds of nodes are; values found by going from the results backwards.
struct Rules {
  std::function<bool(const Node&, std::size_t input)> reads_short;
  std::function<bool(const Node&)> passes_on;
};

/// Values in short form; `joined` is called for two that must have the same.
std::set<ValueId> short_values(const Graph& graph, const Rules& rules,
                               const std::function<void(ValueId, ValueId)>& joined) {
  const auto makers = makers_of(graph);
  std::set<ValueId> found;
  const auto add = [&](ValueId value) {
    if (value.valid() && graph.values[value].type == DataType::float32) found.insert(value);
  };
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[NodeId(i)];
    for (std::size_t input = 0; input < node.inputs.size(); ++input)
      if (rules.reads_short(node, input) && !is_constant(graph, node.inputs[input])) add(node.inputs[input]);
    for (const ValueId output : node.outputs) {
      if (!output.valid() || !found.contains(output)) continue;
      if (rules.passes_on(node)) {
        const std::size_t inputs = node.type == "Concat" ? node.inputs.size() : 1;
        for (std::size_t input = 0; input < inputs; ++input) {
          add(node.inputs[input]);
          joined(node.inputs[input], output);
        }
      } else if (const Node* sum = sum_of(graph, makers, node)) {
        for (const ValueId input : sum->inputs)
          if (!is_constant(graph, input)) add(input);
      }
    }
  }
  return found;
}

/// Sets of values that share a code.
class Classes {
 public:
  explicit Classes(std::size_t values) : parent_(values) { std::iota(parent_.begin(), parent_.end(), 0); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }

 private:
  std::vector<std::size_t> parent_;
};

std::optional<ValueRange> range_of(const Graph& graph, const Ranges& ranges, ValueId value) {
  if (const auto numbers = constant_doubles(graph, value); numbers && !numbers->empty()) {
    const auto [low, high] = std::ranges::minmax_element(*numbers);
    return ValueRange{static_cast<float>(*low), static_cast<float>(*high)};
  }
  const auto range = ranges.find(value);
  return range == ranges.end() ? std::nullopt : std::optional(range->second);
}

Code code_of(const ValueRange& range) {
  const float low = std::min(range.low, 0.0F), high = std::max(range.high, 0.0F);
  const float scale = (high - low) / 255;
  if (!(scale > 0)) return {.element = Element::u8, .scale = 1, .zero = 0};
  return {.element = Element::u8, .scale = scale, .zero = static_cast<std::int32_t>(std::nearbyint(-low / scale))};
}

}  // namespace

bool multiplies_short(const Graph& graph, const Node& node) {
  if (node.inputs.size() < 2 || !is_constant(graph, node.inputs[1])) return false;
  if (graph.values[node.outputs[0]].type != DataType::float32) return false;
  if (node.type == "Conv") return can_fold(graph, node);
  if (node.type == "Gemm") return can_fold(graph, node) && node.attribute<std::int64_t>("transA", 0) == 0;
  return node.type == "MatMul" && shape_of(graph, node.inputs[1]).size() == 2 &&
         shape_of(graph, node.inputs[0]).size() >= 2;
}

std::int64_t products_of_sum(const Graph& graph, const Node& node) {
  const Shape& weights = shape_of(graph, node.inputs[1]);
  const std::int64_t sums = node.type == "Conv" ? weights[0] : shape_of(graph, node.outputs[0]).back();
  return element_count(weights) / std::max<std::int64_t>(1, sums);
}

bool multiplies_activations(const Graph& graph, const Node& node) {
  if (node.type != "MatMul" || is_constant(graph, node.inputs[0]) || is_constant(graph, node.inputs[1])) return false;
  const Shape& a = shape_of(graph, node.inputs[0]);
  const Shape& b = shape_of(graph, node.inputs[1]);
  return graph.values[node.outputs[0]].type == DataType::float32 && a.size() >= 2 && a.size() == b.size() &&
         std::equal(a.begin(), a.end() - 2, b.begin());
}

Codes bf16_codes(const Graph& graph) {
  const Rules rules{.reads_short =
                        [&](const Node& node, std::size_t input) {
                          return input < 2 &&
                                 ((input == 0 && multiplies_short(graph, node)) || multiplies_activations(graph, node));
                        },
                    .passes_on = [](const Node& node) { return only_moves(node) || averages(node); }};
  Codes codes;
  for (const ValueId value : short_values(graph, rules, [](ValueId, ValueId) {})) codes[value] = {Element::bf16, 1, 0};
  return codes;
}

Codes integer_codes(const Graph& graph, const Ranges& ranges) {
  const Rules rules{
      .reads_short = [&](const Node& node, std::size_t input) { return input == 0 && multiplies_short(graph, node); },
      .passes_on = only_moves};
  Classes classes(graph.values.size());
  const auto found = short_values(graph, rules, [&](ValueId a, ValueId b) { classes.join(a.at(), b.at()); });
  std::map<std::size_t, ValueRange> together;
  for (const ValueId value : found) {
    const auto range = range_of(graph, ranges, value);
    if (!range) continue;
    const auto [entry, is_new] = together.try_emplace(classes.root(value.at()), *range);
    if (!is_new) entry->second = {std::min(entry->second.low, range->low), std::max(entry->second.high, range->high)};
  }
  Codes codes;
  for (const ValueId value : found) {
    const auto range = together.find(classes.root(value.at()));
    if (range == together.end() || !std::isfinite(range->second.low) || !std::isfinite(range->second.high)) continue;
    codes[value] = code_of(range->second);
  }
  return codes;
}

}  // namespace cleave::cpu
