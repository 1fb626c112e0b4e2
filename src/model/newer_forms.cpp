#include "model/newer_forms.hpp"

#include "model/numbers.hpp"
#include "model/onnx_schema.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cleave {

namespace {

using Integers = std::vector<std::int64_t>;

[[noreturn]] void fail(const std::string& file, const Node& node, const std::string& problem,
                       const std::string& repair) {
  throw InputError(file, place_of(node), problem, repair);
}

Integers constant_input(const Node& node, std::size_t input, const char* what, const ConstantLookup& constant_of,
                        const std::string& file) {
  const Constant* constant = constant_of(node.inputs.at(input));
  const auto numbers = constant ? small_integers(*constant) : std::nullopt;
  if (!numbers)
    fail(file, node, fmt::format("has {} that are not constant", what),
         fmt::format("export the model with constant {}", what));
  return *numbers;
}

/// The pads of all axes: those that are not listed have none.
Integers pads_of_all(const Integers& pads, const Integers& axes, std::size_t rank, const Node& node,
                     const std::string& file) {
  if (pads.size() != 2 * axes.size())
    fail(file, node, fmt::format("has {} pads for {} axes", pads.size(), axes.size()),
         "give it two pads for each axis");
  const auto extent = static_cast<std::int64_t>(rank);
  Integers all(2 * rank, 0);
  std::vector<bool> seen(rank, false);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t axis = axes[i] < 0 ? axes[i] + extent : axes[i];
    if (axis < 0 || axis >= extent || seen[static_cast<std::size_t>(axis)])
      fail(file, node, fmt::format("pads the axes [{}] of {} dimensions", fmt::join(axes, ", "), rank),
           fmt::format("let its axes be different, from {} to {}", -extent, extent - 1));
    seen[static_cast<std::size_t>(axis)] = true;
    all[static_cast<std::size_t>(axis)] = pads[i];
    all[static_cast<std::size_t>(axis) + rank] = pads[i + axes.size()];
  }
  return all;
}

void pad_all_axes(Graph& graph, Node& node, const ConstantLookup& constant_of, const std::string& file) {
  if (node.inputs.size() < 4) return;
  if (node.inputs[3].valid()) {
    const Integers pads = constant_input(node, 1, "pads", constant_of, file);
    const Integers axes = constant_input(node, 3, "axes", constant_of, file);
    const std::size_t rank = graph.values[node.inputs[0]].shape.size();
    const Integers all = pads_of_all(pads, axes, rank, node, file);
    node.inputs[1] = add_integers(graph, node.name + ":pads", {std::ssize(all)}, all);
  }
  node.inputs.resize(node.inputs[2].valid() ? 3 : 2);
}

/// All parts are equal but the last, which may be smaller.
void split_into_sizes(Graph& graph, Node& node, const std::string& file) {
  if (!node.has("num_outputs")) return;
  const Shape& shape = graph.values[node.inputs.at(0)].shape;
  const auto rank = static_cast<std::int64_t>(shape.size()), axis = node.attribute<std::int64_t>("axis", 0);
  const auto parts = static_cast<std::int64_t>(node.outputs.size());
  if (node.attribute<std::int64_t>("num_outputs", 0) != parts || node.inputs.size() > 1)
    fail(file, node, fmt::format("has {} outputs, and num_outputs says otherwise", parts),
         "let num_outputs be their number, or give their sizes instead");
  if (axis < -rank || axis >= rank)
    fail(file, node, fmt::format("splits axis {} of {} dimensions", axis, rank),
         fmt::format("let its axis be from {} to {}", -rank, rank - 1));
  const std::int64_t extent = shape[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)];
  const std::int64_t each = (extent + parts - 1) / parts, last = extent - each * (parts - 1);
  if (last < 0)
    fail(file, node, fmt::format("splits an axis of {} into {} parts of {}", extent, parts, each),
         "give the sizes of its parts");
  Integers sizes(node.outputs.size(), each);
  sizes.back() = last;
  node.inputs.push_back(add_integers(graph, node.name + ":sizes", {std::ssize(sizes)}, sizes));
  node.attributes.erase("num_outputs");
}

}  // namespace

ValueId add_integers(Graph& graph, const std::string& name, Shape shape, const std::vector<std::int64_t>& numbers) {
  const Value value{.name = name, .type = DataType::int64, .shape = std::move(shape)};
  const ValueId id = graph.values.push_back(value);
  graph.constants.emplace(
      id, Constant{.type = value.type, .shape = value.shape, .content = *tensor_of(value.type, value.shape, numbers)});
  return id;
}

void to_known_form(Graph& graph, Node& node, const ConstantLookup& constant_of, const std::string& file) {
  if (!node.domain.empty() || graph.opset < 18) return;
  if (node.type == "Pad") pad_all_axes(graph, node, constant_of, file);
  if (node.type == "Split") split_into_sizes(graph, node, file);
}

}  // namespace cleave
