#include "model/shape_rules.hpp"

#include "model/einsum.hpp"
#include "model/numbers.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

namespace cleave {

namespace {

using Integers = std::vector<std::int64_t>;

/// Attributes of pools beyond this are nonsense, and products of two of them fit.
constexpr std::int64_t most_extent = std::int64_t{1} << 31;

/// Of one axis.
struct Sliding {
  std::int64_t input, before, behind, reach, stride;
};

std::int64_t positions(const Sliding& axis, bool ceil) {
  const std::int64_t room = axis.input + axis.before + axis.behind - axis.reach;
  const std::int64_t steps = (room + (ceil ? axis.stride - 1 : 0)) / axis.stride;
  const bool begins_behind = ceil && steps * axis.stride >= axis.input + axis.before;
  return steps + (begins_behind ? 0 : 1);
}

bool makes_sense(const Integers& numbers, std::size_t count, std::int64_t least) {
  return numbers.size() == count &&
         std::ranges::all_of(numbers, [least](std::int64_t number) { return number >= least && number < most_extent; });
}

std::optional<std::size_t> axis_within(std::int64_t axis, std::size_t rank) {
  const auto extent = static_cast<std::int64_t>(rank);
  if (axis < -extent || axis >= extent) return std::nullopt;
  return static_cast<std::size_t>(axis < 0 ? axis + extent : axis);
}

/// The only element, which may also be a real number.
std::optional<std::int64_t> whole_number(const Constant* constant) {
  const auto tensor = constant && element_count(constant->shape) == 1 ? small_tensor(*constant) : std::nullopt;
  if (!tensor) return std::nullopt;
  if (const auto numbers = integers_of(*tensor)) return numbers->front();
  const auto reals = reals_of(*tensor);
  if (!reals || !(reals->front() >= 0 && reals->front() < static_cast<double>(most_extent))) return std::nullopt;
  return static_cast<std::int64_t>(reals->front());
}

std::optional<Shape> einsum_shape(const Graph& graph, const Node& node) {
  std::vector<Shape> operands;
  for (const ValueId input : node.inputs) {
    if (!input.valid()) return std::nullopt;
    operands.push_back(graph.values[input].shape);
  }
  const auto einsum = read_einsum(node.attribute("equation", std::string()), operands);
  return einsum ? std::optional(einsum->result_shape()) : std::nullopt;
}

}  // namespace

std::optional<Shape> pool_shape(const Node& node, const Shape& input) {
  const auto automatic = node.attribute("auto_pad", std::string("NOTSET"));
  if (input.size() < 3 || automatic.starts_with("SAME")) return std::nullopt;
  const std::size_t axes = input.size() - 2;
  const Integers none(2 * axes, 0), ones(axes, 1);
  const Integers kernel = node.attribute("kernel_shape", Integers());
  const Integers strides = node.attribute("strides", ones), dilations = node.attribute("dilations", ones);
  const Integers pads = automatic == "VALID" ? none : node.attribute("pads", none);
  if (!makes_sense(kernel, axes, 1) || !makes_sense(strides, axes, 1) || !makes_sense(dilations, axes, 1) ||
      !makes_sense(pads, 2 * axes, 0))
    return std::nullopt;
  Shape shape(input.begin(), input.begin() + 2);
  for (std::size_t i = 0; i < axes; ++i) {
    const Sliding axis{.input = input[i + 2],
                       .before = pads[i],
                       .behind = pads[axes + i],
                       .reach = (kernel[i] - 1) * dilations[i] + 1,
                       .stride = strides[i]};
    if (axis.input + axis.before + axis.behind < axis.reach) return std::nullopt;
    shape.push_back(positions(axis, node.attribute<std::int64_t>("ceil_mode", 0) != 0));
  }
  return shape;
}

std::optional<Shape> slice_shape(const Node& node, const Shape& input) {
  const Integers starts = node.attribute("starts", Integers()), ends = node.attribute("ends", Integers());
  Integers axes(starts.size());
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  axes = node.attribute("axes", axes);
  if (ends.size() != starts.size() || axes.size() != starts.size()) return std::nullopt;
  Shape shape = input;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto axis = axis_within(axes[i], input.size());
    if (!axis) return std::nullopt;
    const std::int64_t extent = input[*axis];
    const auto bound = [extent](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + extent : at, 0, extent);
    };
    shape[*axis] = std::max<std::int64_t>(bound(ends[i]) - bound(starts[i]), 0);
  }
  return shape;
}

std::optional<Shape> one_hot_shape(const Node& node, const Shape& indices, std::int64_t depth) {
  const auto axis = axis_within(node.attribute<std::int64_t>("axis", -1), indices.size() + 1);
  if (!axis) return std::nullopt;
  Shape shape = indices;
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(*axis), depth);
  return shape;
}

std::optional<Shape> shape_by_rule(const Graph& graph, const Node& node, const ConstantLookup& constant_of) {
  if (!node.domain.empty() || node.inputs.empty()) return std::nullopt;
  const Shape& first = graph.values[node.inputs[0]].shape;
  if (node.type == "MaxPool" || node.type == "AveragePool" || node.type == "LpPool") return pool_shape(node, first);
  if (node.type == "Slice" && graph.opset < 10) return slice_shape(node, first);
  if (node.type == "Einsum") return einsum_shape(graph, node);
  if (node.type != "OneHot") return std::nullopt;
  const auto depth = whole_number(constant_of(node.inputs.at(1)));
  return depth ? one_hot_shape(node, first, *depth) : std::nullopt;
}

}  // namespace cleave
