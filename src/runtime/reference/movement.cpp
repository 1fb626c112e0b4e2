/// Operators that move elements and change none.

#include "runtime/reference/operator.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace cleave::reference {
namespace {

using Maps = std::vector<std::vector<std::int64_t>>;

Maps identity_maps(const Shape& shape) {
  Maps maps;
  for (const std::int64_t extent : shape) maps.push_back(all_of(extent));
  return maps;
}

/// The same elements in the shape that the graph knows: Reshape and its kin. Also casts, whose work is done when the
/// result is stored in its type.
std::vector<Array> same_elements(const Call& call) { return {{call.output().shape, call.array(0).data}}; }

void check_dropout(const NodeView& view) {
  check_same_shape(view);
  require(view.opset() >= 7 || view.integer("is_test", 0) != 0, "it is in training mode (is_test = 0)");
  if (!view.has_input(2)) return;
  const auto constant = view.graph.constants.find(view.node.inputs[2]);
  require(constant != view.graph.constants.end(), "training_mode is not a constant");
  require(std::ranges::all_of(to_array(materialize(constant->second)).data, [](double x) { return x == 0; }),
          "it is in training mode");
}

std::vector<Array> dropout(const Call& call) {
  const Array& x = call.array(0);
  return {x, {x.shape, std::vector<double>(x.data.size(), 1.0)}};
}

std::vector<std::int64_t> permutation_of(const NodeView& view) {
  const std::size_t rank = view.shape(0).size();
  std::vector<std::int64_t> reversed = all_of(static_cast<std::int64_t>(rank));
  std::ranges::reverse(reversed);
  std::vector<std::int64_t> permutation = view.node.has("perm") ? view.integers("perm") : reversed;
  require(std::is_permutation(permutation.begin(), permutation.end(), reversed.begin(), reversed.end()),
          "perm is not a permutation of the axes");
  return permutation;
}

void check_transpose(const NodeView& view) {
  check_same_count(view);
  (void)permutation_of(view);
}

std::vector<Array> transposed(const Call& call) { return {transpose(call.array(0), permutation_of(call))}; }

std::size_t concat_axis(const NodeView& view) {
  require(view.node.has("axis") || view.opset() < 4, "attribute axis is missing");
  return axis_of(view.integer("axis", 1), view.shape(0).size());
}

void check_concat(const NodeView& view) {
  const std::size_t axis = concat_axis(view);
  Shape expected = view.output().shape;
  require(expected.size() == view.shape(0).size(), "the output has another number of axes than the inputs");
  std::int64_t total = 0;
  for (std::size_t i = 0; i < view.node.inputs.size(); ++i) {
    const Shape& shape = view.shape(i);
    require(shape.size() == expected.size(), "the inputs have different numbers of axes");
    total += shape[axis];
    expected[axis] = shape[axis];
    require(shape == expected, fmt::format("input {} differs from the output in another axis than {}", i, axis));
  }
  require(total == view.output().shape[axis], "the output is not as long as the inputs together");
}

std::vector<Array> concat(const Call& call) {
  const std::size_t axis = concat_axis(call);
  const std::int64_t outer = extent_between(call.output().shape, 0, axis);
  Array y{call.output().shape, {}};
  for (std::int64_t row = 0; row < outer; ++row) {
    for (const Array* x : call.inputs) {
      const std::int64_t length = extent_between(x->shape, axis, x->shape.size());
      y.data.insert(y.data.end(), x->data.begin() + row * length, x->data.begin() + (row + 1) * length);
    }
  }
  return {y};
}

void check_split(const NodeView& view) {
  Shape expected = view.shape(0);
  const std::size_t axis = axis_of(view.integer("axis", 0), expected.size());
  std::int64_t total = 0;
  for (std::size_t i = 0; i < view.node.outputs.size(); ++i) {
    require(view.node.outputs[i].valid(), "one of its outputs is left out");
    const Shape& shape = view.output(i).shape;
    require(shape.size() == expected.size(), "an output has another number of axes than the input");
    total += shape[axis];
    expected[axis] = shape[axis];
    require(shape == expected, fmt::format("output {} differs from the input in another axis than {}", i, axis));
  }
  require(total == view.shape(0)[axis], "the outputs together are not as long as the input");
}

std::vector<Array> split(const Call& call) {
  const std::size_t axis = axis_of(call.integer("axis", 0), call.shape(0).size());
  std::vector<Array> parts;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < call.node.outputs.size(); ++i) {
    Maps maps = identity_maps(call.output(i).shape);
    for (std::int64_t& position : maps[axis]) position += begin;
    begin += call.output(i).shape[axis];
    parts.push_back(pick(call.array(0), maps));
  }
  return parts;
}

void check_same_rank(const NodeView& view) {
  require(view.shape(0).size() == view.output().shape.size(), "the output has another number of axes than the input");
}

/// Positions start, start + step, ... before end, with numpy's rules for what is negative or too large.
std::vector<std::int64_t> slice_positions(std::int64_t start, std::int64_t end, std::int64_t step,
                                          std::int64_t extent) {
  require(step != 0, "a slice with step 0");
  const std::int64_t lowest = step > 0 ? 0 : -1;
  const std::int64_t highest = step > 0 ? extent : extent - 1;
  const std::int64_t first = std::clamp(start < 0 ? start + extent : start, lowest, highest);
  const std::int64_t last = std::clamp(end < 0 ? end + extent : end, lowest, highest);
  std::vector<std::int64_t> positions;
  for (std::int64_t at = first; step > 0 ? at < last : at > last; at += step) positions.push_back(at);
  return positions;
}

std::vector<Array> slice(const Call& call) {
  const Shape& shape = call.shape(0);
  const std::vector<std::int64_t> starts = call.integers_from("starts", 1);
  const std::vector<std::int64_t> ends = call.integers_from("ends", 2);
  std::vector<std::int64_t> axes = call.integers_from("axes", 3);
  std::vector<std::int64_t> steps = call.integers_from("steps", 4);
  if (axes.empty()) axes = all_of(static_cast<std::int64_t>(starts.size()));
  if (steps.empty()) steps.assign(starts.size(), 1);
  require(ends.size() == starts.size() && axes.size() == starts.size() && steps.size() == starts.size(),
          "starts, ends, axes and steps differ in length");
  Maps maps = identity_maps(shape);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = axis_of(axes[i], shape.size());
    maps[axis] = slice_positions(starts[i], ends[i], steps[i], shape[axis]);
  }
  return {pick(call.array(0), maps)};
}

void check_slice(const NodeView& view) {
  check_same_rank(view);
  require(view.node.inputs.size() >= 3 || (view.node.has("starts") && view.node.has("ends")),
          "starts and ends are missing");
}

void check_expand(const NodeView& view) {
  require(broadcasts_to(view.shape(0), view.output().shape), "the input does not broadcast to the shape of the output");
}

std::vector<Array> expand(const Call& call) { return {broadcast_to(call.array(0), call.output().shape)}; }

std::vector<Array> tile(const Call& call) {
  Maps maps = identity_maps(call.output().shape);
  for (std::size_t axis = 0; axis < maps.size(); ++axis) {
    for (std::int64_t& position : maps[axis]) position %= call.shape(0)[axis];
  }
  return {pick(call.array(0), maps)};
}

void check_tile(const NodeView& view) {
  check_same_rank(view);
  for (std::size_t axis = 0; axis < view.shape(0).size(); ++axis) {
    const std::int64_t extent = view.shape(0)[axis];
    require(extent == 0 || view.output().shape[axis] % extent == 0, "the output is no multiple of the input");
  }
}

std::int64_t padded_source(std::int64_t at, std::int64_t extent, const std::string& mode) {
  if (0 <= at && at < extent) return at;
  if (mode == "constant") return -1;
  if (mode == "edge") return std::clamp<std::int64_t>(at, 0, extent - 1);
  const std::int64_t mirrored = at < 0 ? -at : 2 * (extent - 1) - at;
  require(0 <= mirrored && mirrored < extent, "reflection reaches further than the tensor");
  return mirrored;
}

void check_pad(const NodeView& view) {
  check_same_rank(view);
  const std::string mode = view.text("mode", "constant");
  require(mode == "constant" || mode == "reflect" || mode == "edge", fmt::format("mode {} is unknown", mode));
  require(mode == "constant" || element_count(view.shape(0)) > 0, "there is nothing to reflect or repeat");
}

std::vector<Array> pad(const Call& call) {
  const Shape& shape = call.shape(0);
  const std::string mode = call.text("mode", "constant");
  const std::vector<std::int64_t> pads = call.integers_from(call.opset() < 2 ? "paddings" : "pads", 1);
  require(pads.size() == 2 * shape.size(), "pads needs two entries per axis");
  Maps maps;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    require(shape[axis] + pads[axis] + pads[axis + shape.size()] == call.output().shape[axis],
            "pads do not lead to the shape of the output");
    maps.push_back(all_of(call.output().shape[axis]));
    for (std::int64_t& at : maps.back()) at = padded_source(at - pads[axis], shape[axis], mode);
  }
  const double fill = call.has_input(2) && !call.array(2).data.empty() ? call.array(2).data[0] : call.real("value", 0);
  return {pick(call.array(0), maps, fill)};
}

std::int64_t block_of(const NodeView& view) {
  require(view.shape(0).size() == 4 && view.output().shape.size() == 4, "the input needs four axes");
  const std::int64_t block = view.integer("blocksize", 0);
  require(block >= 1, "attribute blocksize is missing or not positive");
  return block;
}

void check_depth_to_space(const NodeView& view) {
  const std::int64_t block = block_of(view);
  require(view.shape(0)[1] % (block * block) == 0, "the channels do not divide into blocks");
  check_same_count(view);
}

std::vector<Array> depth_to_space(const Call& call) {
  const Shape& s = call.shape(0);
  const std::int64_t b = block_of(call);
  const std::int64_t depth = s[1] / (b * b);
  const bool columns_first = call.text("mode", "DCR") == "CRD";
  const Array blocks{columns_first ? Shape{s[0], depth, b, b, s[2], s[3]} : Shape{s[0], b, b, depth, s[2], s[3]},
                     call.array(0).data};
  const Array moved = transpose(blocks, columns_first ? Shape{0, 1, 4, 2, 5, 3} : Shape{0, 3, 4, 1, 5, 2});
  return {{call.output().shape, moved.data}};
}

void check_space_to_depth(const NodeView& view) {
  const std::int64_t block = block_of(view);
  require(view.shape(0)[2] % block == 0 && view.shape(0)[3] % block == 0, "the image does not divide into blocks");
  check_same_count(view);
}

std::vector<Array> space_to_depth(const Call& call) {
  const Shape& s = call.shape(0);
  const std::int64_t b = block_of(call);
  const Array blocks{Shape{s[0], s[1], s[2] / b, b, s[3] / b, b}, call.array(0).data};
  return {{call.output().shape, transpose(blocks, {0, 3, 5, 1, 2, 4}).data}};
}

constexpr Operator rows[] = {
    {"Cast", 1, 1, 1, same_elements, check_same_shape},
    {"CastLike", 2, 2, 1, same_elements, check_same_shape},
    {"Concat", 1, any_number, 1, concat, check_concat},
    {"DepthToSpace", 1, 1, 1, depth_to_space, check_depth_to_space},
    {"Dropout", 1, 3, 2, dropout, check_dropout},
    {"Expand", 2, 2, 1, expand, check_expand},
    {"Flatten", 1, 1, 1, same_elements, check_same_count},
    {"Identity", 1, 1, 1, same_elements, check_same_shape},
    {"Pad", 1, 3, 1, pad, check_pad},
    {"Reshape", 1, 2, 1, same_elements, check_same_count},
    {"Slice", 1, 5, 1, slice, check_slice},
    {"SpaceToDepth", 1, 1, 1, space_to_depth, check_space_to_depth},
    {"Split", 1, 2, any_number, split, check_split},
    {"Squeeze", 1, 2, 1, same_elements, check_same_count},
    {"Tile", 2, 2, 1, tile, check_tile},
    {"Transpose", 1, 1, 1, transposed, check_transpose},
    {"Unsqueeze", 1, 2, 1, same_elements, check_same_count},
};

}  // namespace

std::span<const Operator> movement_operators() { return rows; }

}  // namespace cleave::reference
