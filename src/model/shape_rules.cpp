#include "model/shape_rules.hpp"

#include <algorithm>
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

std::optional<Shape> shape_by_rule(const Graph& graph, const Node& node) {
  if (!node.domain.empty()) return std::nullopt;
  if (node.type == "MaxPool" || node.type == "AveragePool" || node.type == "LpPool")
    return pool_shape(node, graph.values[node.inputs.at(0)].shape);
  return std::nullopt;
}

}  // namespace cleave
