#include "model/evaluate.hpp"

#include "model/evaluate_small.hpp"
#include "model/numbers.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace cleave {

namespace {

template <std::size_t N>
bool is_one_of(std::string_view type, const std::array<std::string_view, N>& types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

/// Operators that pick elements of their first input: all equal before, all equal after.
bool is_selection(const Node& node) {
  static constexpr std::array<std::string_view, 5> types{"Transpose", "Expand", "Tile", "Slice", "Gather"};
  return is_one_of(node.type, types);
}

std::optional<Constant> held(std::optional<Tensor> tensor) {
  if (!tensor) return std::nullopt;
  Constant constant{.type = tensor->type, .shape = tensor->shape, .content = Tensor{}};
  constant.content = std::move(*tensor);
  return constant;
}

/// Shape and Size: known as soon as the shape of the input is.
std::optional<Constant> measured(const Graph& graph, const Node& node, const Value& output) {
  const Shape& shape = graph.values[node.inputs.at(0)].shape;
  if (node.type == "Size") return held(tensor_of(output.type, output.shape, std::vector{element_count(shape)}));
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto bound = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const std::int64_t start = bound(node.attribute<std::int64_t>("start", 0));
  const std::int64_t end = std::max(start, bound(node.attribute<std::int64_t>("end", rank)));
  return held(tensor_of(output.type, output.shape, Shape(shape.begin() + start, shape.begin() + end)));
}

/// A constant written into the node itself.
std::optional<Constant> literal(const Node& node, const Value& output) {
  if (const auto found = node.attributes.find("value"); found != node.attributes.end())
    if (const auto* tensor = std::get_if<Tensor>(&found->second)) return held(*tensor);
  if (node.has("value_int"))
    return held(tensor_of(output.type, output.shape, std::vector{node.attribute<std::int64_t>("value_int", 0)}));
  if (node.has("value_ints"))
    return held(tensor_of(output.type, output.shape, node.attribute<std::vector<std::int64_t>>("value_ints", {})));
  if (node.has("value_float"))
    return held(tensor_of(output.type, output.shape, std::vector<double>{node.attribute<float>("value_float", 0)}));
  const auto floats = node.attribute<std::vector<float>>("value_floats", {});
  return held(tensor_of(output.type, output.shape, std::vector<double>(floats.begin(), floats.end())));
}

/// The only element of a tensor as a number.
std::optional<double> scalar_of(const Tensor& tensor) {
  if (element_count(tensor.shape) != 1) return std::nullopt;
  if (const auto reals = reals_of(tensor)) return reals->front();
  if (const auto integers = integers_of(tensor)) return static_cast<double>(integers->front());
  return std::nullopt;
}

std::optional<Constant> constant_of_shape(const Node& node, const Value& output) {
  std::optional<double> value = 0.0;
  if (node.has("value")) value = scalar_of(node.attribute<Tensor>("value", {}));
  if (!value) return std::nullopt;
  return Constant{.type = output.type, .shape = output.shape, .content = SplatWeights{*value}};
}

/// Constants of another type. Elements in a file are cast when they are read.
std::optional<Constant> cast_to(const Constant& from, const Value& output) {
  Constant result{.type = output.type, .shape = output.shape, .content = SplatWeights{}};
  if (std::holds_alternative<SeededWeights>(from.content)) return std::nullopt;
  if (const auto* splat = std::get_if<SplatWeights>(&from.content)) {
    const Tensor one = materialize({.type = from.type, .shape = {}, .content = *splat});
    result.content = SplatWeights{cast(cast(one, output.type), DataType::float64).as<double>()[0]};
    return result;
  }
  if (const auto* stored = std::get_if<FileWeights>(&from.content); stored && !stored->type) {
    result.content = FileWeights{.path = stored->path, .offset = stored->offset, .type = from.type};
    return result;
  }
  result.content = cast(materialize(from), output.type);
  return result;
}

/// A first input that is passed on without looking at its elements.
std::optional<Constant> passed_on(const Node& node, const Constant& first, const Value& output) {
  Constant result{.type = output.type, .shape = output.shape, .content = SplatWeights{}};
  const auto* splat = std::get_if<SplatWeights>(&first.content);
  if (splat && is_selection(node)) {
    result.content = *splat;
    return result;
  }
  if (!is_view(node) || element_count(first.shape) != element_count(output.shape)) return std::nullopt;
  result.content = first.content;
  if (auto* tensor = std::get_if<Tensor>(&result.content)) tensor->shape = output.shape;
  return result;
}

/// Rows of weights, some of them more than once: a constant of its own would be more parameters than there are.
bool repeats_rows(const Node& node, const ConstantLookup& constant_of, const Value& output) {
  if (node.type != "Gather" || !is_real(output.type)) return false;
  return element_count(output.shape) > element_count(constant_of(node.inputs.at(0))->shape);
}

std::optional<Constant> evaluate_elements(const Node& node, const ConstantLookup& constant_of, const Value& output) {
  if (element_count(output.shape) > small_elements || repeats_rows(node, constant_of, output)) return std::nullopt;
  std::vector<Tensor> tensors(node.inputs.size());
  std::vector<const Tensor*> inputs(node.inputs.size(), nullptr);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!node.inputs[i].valid()) continue;
    std::optional<Tensor> tensor = small_tensor(*constant_of(node.inputs[i]));
    if (!tensor) return std::nullopt;
    tensors[i] = std::move(*tensor);
    inputs[i] = &tensors[i];
  }
  if (auto moved = evaluate_move(node, inputs, output)) return held(std::move(moved));
  return held(evaluate_arithmetic(node, inputs, output));
}

}  // namespace

std::optional<Tensor> small_tensor(const Constant& constant) {
  if (element_count(constant.shape) > small_elements) return std::nullopt;
  if (std::holds_alternative<SeededWeights>(constant.content)) return std::nullopt;
  return materialize(constant);
}

std::optional<std::vector<std::int64_t>> small_integers(const Constant& constant) {
  if (constant.type == DataType::float32 || constant.type == DataType::float64) return std::nullopt;
  const std::optional<Tensor> tensor = small_tensor(constant);
  return tensor ? integers_of(*tensor) : std::nullopt;
}

bool is_view(const Node& node) {
  static constexpr std::array<std::string_view, 5> types{"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"};
  return node.domain.empty() && is_one_of(node.type, types);
}

std::optional<Constant> evaluate(const Graph& graph, const Node& node, const ConstantLookup& constant_of) {
  if (!node.domain.empty() || node.outputs.size() != 1) return std::nullopt;
  const Value& output = graph.values[node.outputs[0]];
  if (node.type == "Shape" || node.type == "Size") return measured(graph, node, output);
  for (const ValueId input : node.inputs)
    if (input.valid() && !constant_of(input)) return std::nullopt;
  std::optional<Constant> result;
  if (node.type == "Constant")
    result = literal(node, output);
  else if (node.type == "ConstantOfShape")
    result = constant_of_shape(node, output);
  else if (node.type == "Cast")
    result = cast_to(*constant_of(node.inputs.at(0)), output);
  else if (!node.inputs.empty() && node.inputs[0].valid())
    result = passed_on(node, *constant_of(node.inputs[0]), output);
  if (!result) result = evaluate_elements(node, constant_of, output);
  // What inference says is what everything downstream relies on.
  if (result && (result->type != output.type || result->shape != output.shape)) return std::nullopt;
  return result;
}

}  // namespace cleave
