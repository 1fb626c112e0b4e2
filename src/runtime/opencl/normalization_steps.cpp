#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/window.hpp"
#include "runtime/opencl/device_kernels.hpp"
#include "runtime/opencl/sources.hpp"

#include <algorithm>

namespace cleave::opencl {
namespace {

using cpu::Strides;

cl_int product_of(const Shape& shape, std::size_t first, std::size_t last) {
  return static_cast<cl_int>(element_count(
      Shape(shape.begin() + static_cast<std::ptrdiff_t>(first), shape.begin() + static_cast<std::ptrdiff_t>(last))));
}

bool has_elements(const Graph& graph, const Node& node) {
  return element_count(graph.values[node.inputs[0]].shape) > 0;
}

/// A group of items for each of `rows`.
Launch over_rows(const char* kernel, cl_int rows, std::vector<Argument> arguments) {
  return {.kernel = kernel,
          .arguments = std::move(arguments),
          .items = {static_cast<std::size_t>(rows) * kRowItems, 1, 1},
          .group = {kRowItems, 1, 1}};
}

// ---- Softmax, LogSoftmax, LayerNormalization, LRN ---------------------------------------------

void build_softmax(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Shape& shape = builder.shape(step.result);
  // Until opset 12 everything from the axis on was one vector.
  const bool one_axis = builder.graph().opset >= 13;
  const std::size_t axis = cpu::from_front(node.attribute<std::int64_t>("axis", one_axis ? -1 : 1), shape.size());
  const std::size_t end = one_axis ? std::min(axis + 1, shape.size()) : shape.size();
  const cl_int inner = product_of(shape, end, shape.size());
  const SlotId source = builder.read(node.inputs[0]);
  const SlotId target = builder.write(step.result);
  builder.launch(over_rows("softmax", product_of(shape, 0, axis) * inner,
                           {source, target, product_of(shape, axis, end), inner, cl_int{node.type == "LogSoftmax"}}));
}

/// Its scale and bias have to be there in full: the kernel repeats none along a row.
bool layer_norm_fits(const Graph& graph, const Node& node) {
  const Shape& shape = graph.values[node.inputs[0]].shape;
  const std::size_t axis = cpu::from_front(node.attribute<std::int64_t>("axis", -1), shape.size());
  const cl_int row = product_of(shape, axis, shape.size());
  const auto is_whole = [&](std::size_t i) {
    return !cpu::has_input(node, i) || count_of(graph, node.inputs[i]) == row;
  };
  return has_elements(graph, node) && !cpu::has_output(node, 1) && !cpu::has_output(node, 2) && is_whole(1) &&
         is_whole(2);
}

void build_layer_norm(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Shape& shape = builder.shape(step.result);
  const std::size_t axis = cpu::from_front(node.attribute<std::int64_t>("axis", -1), shape.size());
  const SlotId source = builder.read(node.inputs[0]);
  const SlotId scale = builder.read(node.inputs[1]);
  const SlotId shift = cpu::has_input(node, 2) ? builder.read(node.inputs[2]) : SlotId();
  const SlotId target = builder.write(step.result);
  builder.launch(over_rows("normalize_rows", product_of(shape, 0, axis),
                           {source, scale, shift, target, product_of(shape, axis, shape.size()),
                            cl_float{node.attribute("epsilon", 1e-5F)}}));
}

void build_lrn(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Shape& shape = builder.shape(step.result);
  const cl_int count = count_of(builder.graph(), step.result);
  const SlotId source = builder.read(node.inputs[0]);
  const SlotId target = builder.write(step.result);
  builder.launch(
      over("normalize_responses", count,
           {source, target, count, static_cast<cl_int>(shape[1]), product_of(shape, 2, shape.size()),
            static_cast<cl_int>(node.attribute<std::int64_t>("size", 1)), cl_float{node.attribute("alpha", 1e-4F)},
            cl_float{node.attribute("beta", 0.75F)}, cl_float{node.attribute("bias", 1.0F)}}));
}

// ---- reductions -------------------------------------------------------------------------------

/// Neighbouring dimensions [first, last) that are reduced.
struct Axes {
  std::size_t first = 0, last = 0;
};

/// Nothing where the node reduces dimensions that do not lie side by side, or none.
std::optional<Axes> axes_of(const Graph& graph, const Node& node) {
  const Shape& shape = graph.values[node.inputs[0]].shape;
  const auto listed = cpu::integers(graph, node, "axes", 1);
  if (!listed || listed->empty()) {
    if (node.attribute<std::int64_t>("noop_with_empty_axes", 0) != 0) return std::nullopt;
    return Axes{0, shape.size()};
  }
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : *listed) axes.push_back(cpu::from_front(axis, shape.size()));
  std::ranges::sort(axes);
  if (axes.back() - axes.front() + 1 != axes.size()) return std::nullopt;
  return Axes{axes.front(), axes.back() + 1};
}

bool reduction_fits(const Graph& graph, const Node& node) {
  return has_elements(graph, node) && axes_of(graph, node).has_value();
}

template <cl_int kOperation>
void build_reduction(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Shape& shape = builder.shape(step.node->inputs[0]);
  const Axes axes = *axes_of(builder.graph(), *step.node);
  const cl_int inner = product_of(shape, axes.last, shape.size());
  const SlotId source = builder.read(step.node->inputs[0]);
  const SlotId target = builder.write(step.result);
  builder.launch(over_rows("reduce_rows", product_of(shape, 0, axes.first) * inner,
                           {source, target, product_of(shape, axes.first, axes.last), inner, cl_int{kOperation}}));
}

template <cl_int kOperation>
void build_global_pool(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Shape& shape = builder.shape(step.node->inputs[0]);
  const SlotId source = builder.read(step.node->inputs[0]);
  const SlotId target = builder.write(step.result);
  builder.launch(over_rows("reduce_rows", product_of(shape, 0, 2),
                           {source, target, product_of(shape, 2, shape.size()), cl_int{1}, cl_int{kOperation}}));
}

// ---- pools ------------------------------------------------------------------------------------

bool pool_fits(const Graph& graph, const Node& node) {
  const std::size_t rank = graph.values[node.inputs[0]].shape.size();
  return (rank == 3 || rank == 4) && has_elements(graph, node) && !cpu::has_output(node, 1);
}

void build_pool(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Shape &from = builder.shape(node.inputs[0]), &to = builder.shape(step.result);
  const cpu::Windows windows = cpu::windows_of(node, node.attribute("kernel_shape", Strides()), from, to);
  const bool flat = from.size() == 3;
  const cl_int count = count_of(builder.graph(), step.result);
  const SlotId source = builder.read(node.inputs[0]);
  const SlotId target = builder.write(step.result);
  std::vector<Argument> arguments{source,
                                  target,
                                  count,
                                  flat ? cl_int{1} : static_cast<cl_int>(from[2]),
                                  static_cast<cl_int>(from.back()),
                                  flat ? cl_int{1} : static_cast<cl_int>(to[2]),
                                  static_cast<cl_int>(to.back())};
  const auto append = [&](const Strides& own, std::int64_t absent) {
    if (flat) arguments.emplace_back(static_cast<cl_int>(absent));
    for (const std::int64_t number : own) arguments.emplace_back(static_cast<cl_int>(number));
  };
  append(windows.kernel, 1);
  append(windows.strides, 1);
  append(windows.dilations, 1);
  append(windows.pads_begin, 0);
  arguments.emplace_back(cl_int{node.type == "AveragePool"});
  arguments.emplace_back(static_cast<cl_int>(node.attribute<std::int64_t>("count_include_pad", 0)));
  builder.launch(over("pool", count, std::move(arguments)));
}

constexpr std::array kKernels{DeviceKernel{"AveragePool", pool_fits, build_pool},
                              DeviceKernel{"GlobalAveragePool", has_elements, build_global_pool<1>},
                              DeviceKernel{"GlobalMaxPool", has_elements, build_global_pool<2>},
                              DeviceKernel{"LRN", has_elements, build_lrn},
                              DeviceKernel{"LayerNormalization", layer_norm_fits, build_layer_norm},
                              DeviceKernel{"LogSoftmax", has_elements, build_softmax},
                              DeviceKernel{"MaxPool", pool_fits, build_pool},
                              DeviceKernel{"ReduceMax", reduction_fits, build_reduction<2>},
                              DeviceKernel{"ReduceMean", reduction_fits, build_reduction<1>},
                              DeviceKernel{"ReduceMin", reduction_fits, build_reduction<3>},
                              DeviceKernel{"ReduceSum", reduction_fits, build_reduction<0>},
                              DeviceKernel{"Softmax", has_elements, build_softmax}};

}  // namespace

std::span<const DeviceKernel> normalization_kernels() { return kKernels; }

}  // namespace cleave::opencl
