#include "runtime/cpu/moves.hpp"

#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/strided.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace cleave::cpu {

namespace {

/// A part of a dimension: neighbours are `stride` apart in the source.
struct Factor {
  std::int64_t extent = 1;
  std::int64_t stride = 0;
};
/// A dimension as parts, outermost first.
using Dimension = std::vector<Factor>;

std::vector<Dimension> dimensions_of(const Shape& shape, Layout layout) {
  const Strides strides = strides_of(shape, layout);
  std::vector<Dimension> dimensions;
  for (std::size_t i = 0; i < shape.size(); ++i) dimensions.push_back({{shape[i], strides[i]}});
  return dimensions;
}

/// Takes parts off the front of `rest` that make up `extent`; the last may have to be split. False if none do.
bool take(std::vector<Factor>& rest, std::int64_t extent, Dimension& dimension) {
  while (extent > 1) {
    if (rest.empty()) return false;
    Factor& front = rest.front();
    if (extent % front.extent == 0) {
      dimension.push_back(front);
      extent /= front.extent;
      rest.erase(rest.begin());
    } else if (front.extent % extent == 0) {
      const std::int64_t inner = front.extent / extent;
      dimension.push_back({extent, front.stride * inner});
      front.extent = inner;
      extent = 1;
    } else {
      return false;
    }
  }
  return true;
}

bool reshape(std::vector<Dimension>& dimensions, const Shape& shape) {
  std::vector<Factor> rest;
  for (const Dimension& dimension : dimensions)
    for (const Factor& factor : dimension)
      if (factor.extent != 1) rest.push_back(factor);
  dimensions.assign(shape.size(), {});
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (!take(rest, shape[i], dimensions[i])) return false;
  return rest.empty();
}

void transpose(std::vector<Dimension>& dimensions, const Node& node) {
  Strides backwards(dimensions.size());
  for (std::size_t i = 0; i < backwards.size(); ++i) backwards[i] = static_cast<std::int64_t>(backwards.size() - 1 - i);
  std::vector<Dimension> moved;
  for (const std::int64_t axis : node.attribute("perm", backwards))
    moved.push_back(dimensions[static_cast<std::size_t>(axis)]);
  dimensions = std::move(moved);
}

}  // namespace

bool moves_all(const Node& node) {
  static constexpr std::array<std::string_view, 5> kTypes{"Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze"};
  return std::ranges::find(kTypes, node.type) != kTypes.end();
}

std::optional<Move> composed(const Graph& graph, std::span<const Node* const> nodes, Layout from, Layout to) {
  const Shape& source = shape_of(graph, nodes.front()->inputs[0]);
  const Shape& result = shape_of(graph, nodes.back()->outputs[0]);
  if (element_count(source) == 0) return std::nullopt;
  std::vector<Dimension> dimensions = dimensions_of(source, from);
  for (const Node* node : nodes) {
    if (node->type == "Transpose")
      transpose(dimensions, *node);
    else if (!reshape(dimensions, shape_of(graph, node->outputs[0])))
      return std::nullopt;
  }
  Move move;
  const Strides strides = strides_of(result, to);
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    std::int64_t below = result[i];
    for (const Factor& factor : dimensions[i]) {
      below /= factor.extent;
      move.extents.push_back(factor.extent);
      move.from.push_back(factor.stride);
      move.to.push_back(strides[i] * below);
    }
  }
  return move.extents.size() <= kMaxRank ? std::optional(move) : std::nullopt;
}

void build_moves(StageBuilder& builder, const Step& step) {
  const auto [source, layout] = builder.read_like(step.node->inputs[0], step.result);
  // An image stays one: what comes behind works on images.
  const bool is_image = layout == Layout::channels_last && builder.shape(step.result).size() >= 4;
  const Layout to = is_image ? Layout::channels_last : Layout::row_major;
  const Move move = *composed(builder.graph(), step.moves, layout, to);
  const SlotId target = builder.write_coded(step.result, to);
  const bool is_float = builder.type(step.result) == DataType::float32;
  if (is_float && !is_image && !move.extents.empty() && move.extents.size() <= 6) {
    const auto routine =
        onednn::reorder(builder.kernels(), builder.coded_element(step.result), move.extents, move.from, move.to);
    return add_routine(builder, routine, source, target);
  }
  const Copy copy =
      make_copy({.extents = move.extents, .from = move.from, .to = move.to}, builder.coded_bytes(step.result));
  builder.step([=, from = source](const Memory& memory) { copy(memory.raw(from), memory.raw(target)); });
}

}  // namespace cleave::cpu
