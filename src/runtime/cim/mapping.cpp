#include "runtime/cim/mapping.hpp"

#include "costmodel/cim.hpp"
#include "runtime/cpu/folding.hpp"
#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/window.hpp"

#include <fmt/format.h>

namespace cleave::cim {
namespace {

/// Sums of more 8-bit products could leave 32 bits.
constexpr std::int64_t kMostRows = 65536;

const Shape& shape_of(const Graph& graph, ValueId value) { return graph.values[value].shape; }

/// Numbers of the spatial dimensions, `from[first]` and on, in the last places; `absent` for those that are not there.
Extents spatial(const Shape& from, std::size_t first, std::int64_t absent) {
  Extents extents{absent, absent, absent};
  for (std::size_t i = first; i < from.size(); ++i) extents[3 - (from.size() - i)] = from[i];
  return extents;
}

Patches windows(const Graph& graph, const Node& node) {
  const Shape &source = shape_of(graph, node.inputs[0]), &weights = shape_of(graph, node.inputs[1]);
  const Shape& target = shape_of(graph, node.outputs[0]);
  const cpu::Windows windows = cpu::windows_of(node, cpu::Strides(weights.begin() + 2, weights.end()), source, target);
  return {.batch = source[0],
          .channels = source[1],
          .group_channels = weights[1],
          .source = spatial(source, 2, 1),
          .target = spatial(target, 2, 1),
          .kernel = spatial(weights, 2, 1),
          .strides = spatial(windows.strides, 0, 1),
          .dilations = spatial(windows.dilations, 0, 1),
          .pads = spatial(windows.pads_begin, 0, 0)};
}

/// Rows of a matrix of `length` columns.
Patches rows_of(std::int64_t count, std::int64_t length) {
  return {.channels = length, .group_channels = length, .source = {1, 1, count}, .target = {1, 1, count}};
}

/// The cost model's own rule, so that what is priced is what is emulated.
bool is_unrolled(const Patches& patches, const ProductShape& shape, const Crossbar& crossbar) {
  CimParameters device;
  device.array_rows = crossbar.array_rows;
  device.unrolled_side = crossbar.unrolled_side;
  Work work{.kind = OpKind::conv};
  work.gemm = {.m = 1, .k = patches.rows(), .n = shape.group_columns, .groups = shape.groups};
  work.window.kernel_h = patches.kernel[0] * patches.kernel[1];
  work.window.kernel_w = patches.kernel[2];
  return cim_mapping(work, device).unrolled;
}

std::int64_t rows_of_product(const Graph& graph, const Node& node) {
  const Shape& weights = shape_of(graph, node.inputs[1]);
  if (node.type != "Conv")
    return element_count(weights) / std::max<std::int64_t>(1, shape_of(graph, node.outputs[0]).back());
  return element_count(weights) / std::max<std::int64_t>(1, weights[0]);
}

std::string matrix_unsupported(const Graph& graph, const Node& node) {
  if (shape_of(graph, node.inputs[1]).size() != 2)
    return "constants other than a matrix of two dimensions are not emulated";
  if (node.type == "Gemm" && node.attribute<std::int64_t>("transA", 0) != 0)
    return "a transposed first factor is not emulated";
  if (node.type == "Gemm" && !cpu::can_fold(graph, node))
    return "a third factor that is no bias of the columns is not emulated";
  return "";
}

}  // namespace

bool is_product(const Node& node) { return node.type == "Conv" || node.type == "Gemm" || node.type == "MatMul"; }

std::string product_unsupported(const Graph& graph, const Node& node, const Crossbar& crossbar) {
  if (!graph.constants.contains(node.inputs[1]))
    return graph.constants.contains(node.inputs[0]) ? "a constant first factor is not emulated, only a second one"
                                                    : dynamic_operands_reason(crossbar.nonvolatile);
  if (const std::string reason = cpu::constant_only(graph, node, 2, "bias"); !reason.empty()) return reason;
  if (node.type != "Conv")
    if (const std::string reason = matrix_unsupported(graph, node); !reason.empty()) return reason;
  if (rows_of_product(graph, node) > kMostRows)
    return fmt::format("a product of more than {} rows is not emulated", kMostRows);
  return "";
}

ProductShape product_shape(const Graph& graph, const Node& node, const Crossbar& crossbar) {
  const Shape &weights = shape_of(graph, node.inputs[1]), &target = shape_of(graph, node.outputs[0]);
  ProductShape shape;
  if (node.type == "Conv") {
    shape.patches = windows(graph, node);
    shape.groups = node.attribute<std::int64_t>("group", 1);
    shape.group_columns = weights[0] / shape.groups;
    shape.unrolled = is_unrolled(shape.patches, shape, crossbar);
    return shape;
  }
  const bool transposed = node.type == "Gemm" && node.attribute<std::int64_t>("transB", 0) != 0;
  shape.group_columns = weights[transposed ? 0 : 1];
  shape.patches =
      rows_of(element_count(target) / std::max<std::int64_t>(1, shape.group_columns), weights[transposed ? 1 : 0]);
  return shape;
}

ProductWeights product_weights(const Graph& graph, const cpu::Step& step, const ProductShape& shape,
                               const Crossbar& crossbar) {
  const Node& node = *step.node;
  const cpu::FoldedWeights folded = node.type == "Conv"   ? cpu::fold_convolution(graph, step).folded
                                    : node.type == "Gemm" ? cpu::fold_gemm(graph, step).folded
                                                          : cpu::fold_matmul(graph, step).folded;
  ProductWeights weights;
  if (folded.bias) weights.bias = *folded.bias;
  const std::span<const float> elements = folded.weights->as<float>();
  const std::int64_t rows = shape.patches.rows(), columns = shape.group_columns;
  const int largest = crossbar.largest_weight();
  if (node.type != "Conv") {
    const bool transposed = node.type == "Gemm" && node.attribute<std::int64_t>("transB", 0) != 0;
    weights.groups.push_back(
        quantize_weights(elements, rows, columns, transposed ? 1 : columns, transposed ? rows : 1, largest));
    return weights;
  }
  // [output, channel, position] as rows of positions, then channels.
  const std::int64_t positions = shape.patches.positions(), channels = shape.patches.group_channels;
  std::vector<float> ordered(static_cast<std::size_t>(rows * columns));
  for (std::int64_t group = 0; group < shape.groups; ++group) {
    const float* from = elements.data() + group * rows * columns;
    for (std::int64_t column = 0; column < columns; ++column)
      for (std::int64_t channel = 0; channel < channels; ++channel)
        for (std::int64_t position = 0; position < positions; ++position)
          ordered[static_cast<std::size_t>((column * positions + position) * channels + channel)] = *from++;
    weights.groups.push_back(quantize_weights(ordered, rows, columns, 1, rows, largest));
  }
  return weights;
}

}  // namespace cleave::cim
