#include "runtime/cpu/folding.hpp"
#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/window.hpp"
#include "runtime/opencl/device_kernels.hpp"
#include "runtime/opencl/sources.hpp"

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace cleave::opencl {
namespace {

using cpu::Strides;

cl_int whole(std::int64_t number) { return static_cast<cl_int>(number); }

/// One by one: g++ 12 takes the range insert of variants for an overflow.
void append_all(std::vector<Argument>& arguments, std::initializer_list<cl_int> numbers) {
  for (const cl_int number : numbers) arguments.emplace_back(number);
}

/// Tiles of a result, `count` times.
Launch tiled(const char* kernel, std::int64_t rows, std::int64_t columns, std::int64_t count) {
  const auto tiles = [](std::int64_t extent) {
    return static_cast<std::size_t>(std::max<std::int64_t>(1, (extent + kTile - 1) / kTile)) * kSide;
  };
  return {.kernel = kernel,
          .items = {tiles(columns), tiles(rows), static_cast<std::size_t>(std::max<std::int64_t>(1, count))},
          .group = {kSide, kSide, 1}};
}

// ---- Conv -------------------------------------------------------------------------------------

bool conv_fits(const Graph& graph, const Node& node) {
  const std::size_t rank = graph.values[node.inputs[0]].shape.size();
  return (rank == 3 || rank == 4) && graph.constants.contains(node.inputs[1]) &&
         (!cpu::has_input(node, 2) || graph.constants.contains(node.inputs[2])) &&
         element_count(graph.values[node.outputs[0]].shape) > 0;
}

/// The geometry of a convolution or pool in two dimensions, as kernels take it.
struct Geometry {
  std::int64_t height = 1, width = 1, out_height = 1, out_width = 1;
  Strides kernel, strides, dilations, pads;  ///< height, width

  /// Kernel, strides, dilations and pads, in this order.
  void append_windows(std::vector<Argument>& arguments) const {
    for (const Strides* pair : {&kernel, &strides, &dilations, &pads})
      for (const std::int64_t number : *pair) arguments.emplace_back(whole(number));
  }
  [[nodiscard]] bool is_plain_product() const {
    return kernel == Strides{1, 1} && strides == Strides{1, 1} && pads == Strides{0, 0} && height == out_height &&
           width == out_width;
  }
};

Geometry geometry_of(const Graph& graph, const Node& node) {
  const Shape &source = graph.values[node.inputs[0]].shape, &target = graph.values[node.outputs[0]].shape;
  const Shape& weights = graph.values[node.inputs[1]].shape;
  const cpu::Windows windows = cpu::windows_of(node, Strides(weights.begin() + 2, weights.end()), source, target);
  const auto pair = [](const Strides& own, std::int64_t absent) {
    return own.size() == 2 ? own : Strides{absent, own[0]};
  };
  const bool flat = source.size() == 3;
  return {.height = flat ? 1 : source[2],
          .width = source.back(),
          .out_height = flat ? 1 : target[2],
          .out_width = target.back(),
          .kernel = pair(windows.kernel, 1),
          .strides = pair(windows.strides, 1),
          .dilations = pair(windows.dilations, 1),
          .pads = pair(windows.pads_begin, 0)};
}

struct Parameters {
  SlotId weights = {}, bias = {}, residual = {};
};

Parameters parameters_of(DeviceStageBuilder& builder, const cpu::Step& step, const cpu::FoldedWeights& folded) {
  Parameters parameters;
  parameters.weights = builder.constant(folded.weights->as<float>());
  if (folded.bias) parameters.bias = builder.constant(std::span<const float>(*folded.bias));
  if (step.residual.valid()) parameters.residual = builder.read(step.residual);
  return parameters;
}

void append(std::vector<Argument>& arguments, const Ending& ending) {
  arguments.insert(arguments.end(), {ending.kind, ending.alpha, ending.beta});
}

/// Without windows a convolution is the product of the weights and the tensor as it lies.
Launch plain_convolution(const Geometry& geometry, std::int64_t samples, std::int64_t groups, std::int64_t rows,
                         std::int64_t depth, const Parameters& parameters, SlotId source, SlotId target,
                         const Ending& ending) {
  const std::int64_t pixels = geometry.height * geometry.width;
  Launch launch = tiled("multiply", rows, pixels, samples * groups);
  launch.arguments = {parameters.weights,
                      source,
                      parameters.bias,
                      parameters.residual,
                      target,
                      whole(rows),
                      whole(pixels),
                      whole(depth),
                      whole(depth),
                      cl_int{1},
                      whole(rows * depth),
                      whole(groups),
                      whole(pixels),
                      cl_int{1},
                      whole(depth * pixels),
                      whole(samples * groups),
                      cl_int{1},
                      whole(rows),
                      cl_float{1},
                      cl_float{1}};
  append(launch.arguments, ending);
  return launch;
}

void build_conv(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Shape &source_shape = builder.shape(node.inputs[0]), &weights = builder.shape(node.inputs[1]);
  const Geometry geometry = geometry_of(builder.graph(), node);
  const auto groups = node.attribute<std::int64_t>("group", 1);
  const std::int64_t samples = source_shape[0], channels = weights[1], rows = weights[0] / groups;
  const Ending ending = ending_of(step.function);
  const SlotId source = builder.read(node.inputs[0]);
  const Parameters parameters = parameters_of(builder, step, cpu::fold_convolution(builder.graph(), step).folded);
  const SlotId target = builder.write(step.result);
  if (geometry.is_plain_product())
    return builder.launch(
        plain_convolution(geometry, samples, groups, rows, channels, parameters, source, target, ending));
  std::vector<Argument> arguments{parameters.weights, source, parameters.bias, parameters.residual, target};
  const bool depthwise = channels == 1 && groups > 1;
  const cl_int count = count_of(builder.graph(), step.result);
  if (depthwise)
    append_all(arguments, {count, whole(groups), whole(rows)});
  else
    append_all(arguments, {whole(groups), whole(rows), whole(channels)});
  append_all(arguments,
             {whole(geometry.height), whole(geometry.width), whole(geometry.out_height), whole(geometry.out_width)});
  geometry.append_windows(arguments);
  append(arguments, ending);
  Launch launch = depthwise ? over("convolve_depthwise", count, {})
                            : tiled("convolve", rows, geometry.out_height * geometry.out_width, samples * groups);
  launch.arguments = std::move(arguments);
  builder.launch(std::move(launch));
}

// ---- Gemm, MatMul -----------------------------------------------------------------------------

bool gemm_fits(const Graph& graph, const Node& node) {
  return cpu::can_fold(graph, node) && element_count(graph.values[node.outputs[0]].shape) > 0;
}

/// rows x depth times depth x columns.
struct Factors {
  std::int64_t rows = 1, columns = 1, depth = 1, count = 1;
  bool left_transposed = false, right_transposed = false;
  std::int64_t left_period = 1, right_period = 1;  ///< matrices of the stacks
};

Launch product(const Factors& f, SlotId left, SlotId right, SlotId bias, SlotId residual, SlotId target,
               const Ending& ending) {
  Launch launch = tiled("multiply", f.rows, f.columns, f.count);
  launch.arguments = {left,
                      right,
                      bias,
                      residual,
                      target,
                      whole(f.rows),
                      whole(f.columns),
                      whole(f.depth),
                      f.left_transposed ? cl_int{1} : whole(f.depth),
                      f.left_transposed ? whole(f.rows) : cl_int{1},
                      whole(f.rows * f.depth),
                      whole(f.left_period),
                      f.right_transposed ? cl_int{1} : whole(f.columns),
                      f.right_transposed ? whole(f.depth) : cl_int{1},
                      whole(f.depth * f.columns),
                      whole(f.right_period),
                      cl_int{0},
                      cl_int{0},
                      cl_float{1},
                      cl_float{1}};
  append(launch.arguments, ending);
  return launch;
}

void build_gemm(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Shape &source_shape = builder.shape(node.inputs[0]), &target_shape = builder.shape(node.outputs[0]);
  Factors factors{.rows = target_shape[0], .columns = target_shape[1]};
  factors.left_transposed = node.attribute<std::int64_t>("transA", 0) != 0;
  factors.right_transposed = node.attribute<std::int64_t>("transB", 0) != 0;
  factors.depth = source_shape[factors.left_transposed ? 0 : 1];
  const SlotId source = builder.read(node.inputs[0]);
  const Parameters parameters = parameters_of(builder, step, cpu::fold_gemm(builder.graph(), step).folded);
  const SlotId target = builder.write(step.result);
  builder.launch(product(factors, source, parameters.weights, parameters.bias, parameters.residual, target,
                         ending_of(step.function)));
}

/// Stacks of equal extents, or one matrix for all.
bool matmul_fits(const Graph& graph, const Node& node) {
  const Shape &a = graph.values[node.inputs[0]].shape, &b = graph.values[node.inputs[1]].shape;
  if (a.size() < 2 || b.size() < 2 || element_count(graph.values[node.outputs[0]].shape) == 0) return false;
  return b.size() == 2 || (a.size() == b.size() && std::equal(a.begin(), a.end() - 2, b.begin()));
}

void build_matmul(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Graph& graph = builder.graph();
  const Shape &a = builder.shape(node.inputs[0]), &b = builder.shape(node.inputs[1]);
  Factors factors{.rows = a[a.size() - 2], .columns = b.back(), .depth = a.back()};
  const std::int64_t stack = factors.rows * factors.depth == 0 ? 1 : element_count(a) / (factors.rows * factors.depth);
  if (b.size() == 2) {
    factors.rows *= stack;
  } else {
    factors.count = factors.left_period = factors.right_period = stack;
  }
  const SlotId source = builder.read(node.inputs[0]);
  Parameters parameters;
  if (b.size() == 2 && graph.constants.contains(node.inputs[1]))
    parameters = parameters_of(builder, step, cpu::fold_matmul(graph, step).folded);
  else
    parameters.weights = builder.read(node.inputs[1]);
  const SlotId target = builder.write(step.result);
  builder.launch(product(factors, source, parameters.weights, parameters.bias, parameters.residual, target,
                         ending_of(step.function)));
}

constexpr std::array kKernels{DeviceKernel{"Conv", conv_fits, build_conv}, DeviceKernel{"Gemm", gemm_fits, build_gemm},
                              DeviceKernel{"MatMul", matmul_fits, build_matmul}};

}  // namespace

std::span<const DeviceKernel> product_kernels() { return kKernels; }

}  // namespace cleave::opencl
