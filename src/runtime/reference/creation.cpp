/// Operators that make tensors from attributes and shapes.

#include "runtime/reference/operator.hpp"

#include <algorithm>

namespace cleave::reference {
namespace {

template <class T>
Array array_of(const Shape& shape, const std::vector<T>& items) {
  return {shape, std::vector<double>(items.begin(), items.end())};
}

/// The value that one of the attributes of Constant holds.
Array constant_of(const NodeView& view) {
  const Shape& shape = view.output().shape;
  const Node& node = view.node;
  if (node.has("value")) return to_array(node.attribute("value", Tensor()));
  if (node.has("value_float")) return {shape, {view.real("value_float", 0)}};
  if (node.has("value_int")) return {shape, {static_cast<double>(view.integer("value_int", 0))}};
  if (node.has("value_floats")) return array_of(shape, node.attribute("value_floats", std::vector<float>{}));
  if (node.has("value_ints")) return array_of(shape, view.integers("value_ints"));
  throw Refusal("it holds no dense numeric value");
}

void check_constant(const NodeView& view) {
  const Array value = constant_of(view);
  require(static_cast<std::int64_t>(value.data.size()) == element_count(view.output().shape),
          "its value has another shape than the output");
}

std::vector<Array> constant(const Call& call) { return {{call.output().shape, constant_of(call).data}}; }

Array fill_of(const NodeView& view) {
  return view.node.has("value") ? to_array(view.node.attribute("value", Tensor())) : Array{{1}, {0}};
}

void check_constant_of_shape(const NodeView& view) {
  require(fill_of(view).data.size() == 1, "attribute value needs one element");
}

std::vector<Array> constant_of_shape(const Call& call) {
  Array y = zeros(call.output().shape);
  std::ranges::fill(y.data, fill_of(call).data[0]);
  return {y};
}

/// Extents [start, end) of the input, as far as they exist.
Shape shape_part(const NodeView& view) {
  const Shape& shape = view.shape(0);
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto place = [rank](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const std::int64_t start = place(view.integer("start", 0));
  const std::int64_t end = place(view.integer("end", rank));
  return start < end ? Shape(shape.begin() + start, shape.begin() + end) : Shape{};
}

void check_shape(const NodeView& view) {
  require(element_count(view.output().shape) == static_cast<std::int64_t>(shape_part(view).size()),
          "the output needs one element per axis");
}

std::vector<Array> shape(const Call& call) { return {array_of(call.output().shape, shape_part(call))}; }

void check_scalar(const NodeView& view) {
  require(element_count(view.output().shape) == 1, "the output must be a scalar");
}

std::vector<Array> size(const Call& call) {
  return {{call.output().shape, {static_cast<double>(element_count(call.shape(0)))}}};
}

void check_range(const NodeView& view) {
  for (const std::size_t i : {0U, 1U, 2U})
    require(element_count(view.shape(i)) == 1, "start, limit and delta are scalars");
  require(view.output().shape.size() == 1, "the output needs one axis");
}

std::vector<Array> range(const Call& call) {
  const double start = call.array(0).data[0];
  const double delta = call.array(2).data[0];
  Array y = zeros(call.output().shape);
  for (std::size_t i = 0; i < y.data.size(); ++i) y.data[i] = start + static_cast<double>(i) * delta;
  return {y};
}

constexpr Operator rows[] = {
    {"Constant", 0, 0, 1, constant, check_constant},
    {"ConstantOfShape", 1, 1, 1, constant_of_shape, check_constant_of_shape},
    {"Range", 3, 3, 1, range, check_range},
    {"Shape", 1, 1, 1, shape, check_shape},
    {"Size", 1, 1, 1, size, check_scalar},
};

}  // namespace

std::span<const Operator> creation_operators() { return rows; }

}  // namespace cleave::reference
