#include "runtime/cpu/kernel_support.hpp"
#include "runtime/opencl/device_kernels.hpp"

#include <algorithm>
#include <cmath>

namespace cleave::opencl {
namespace {

// ---- functions of one element -----------------------------------------------------------------

/// Those that the CPU engine does not fuse; numbered as in source_function.cpp.
std::optional<Ending> own_function(const Node& node) {
  static constexpr std::array<std::pair<std::string_view, cl_int>, 9> kPlain{{{"Ceil", 20},
                                                                              {"Cos", 25},
                                                                              {"Erf", 18},
                                                                              {"Floor", 19},
                                                                              {"Neg", 16},
                                                                              {"Reciprocal", 17},
                                                                              {"Round", 21},
                                                                              {"Sin", 24},
                                                                              {"Softsign", 23}}};
  if (node.type == "HardSigmoid") return Ending{22, node.attribute("alpha", 0.2F), node.attribute("beta", 0.5F)};
  for (const auto& [type, kind] : kPlain)
    if (type == node.type) return Ending{.kind = kind};
  return std::nullopt;
}

std::optional<Ending> function_ending(const Graph& graph, const Node& node) {
  if (const auto own = own_function(node)) return own;
  const auto function = cpu::function_of(graph, node);
  return function ? std::optional(ending_of(function)) : std::nullopt;
}

bool function_fits(const Graph& graph, const Node& node) { return function_ending(graph, node).has_value(); }

void build_function(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Ending ending = *function_ending(builder.graph(), *step.node);
  const SlotId source = builder.read(step.node->inputs[0]);
  const SlotId target = builder.write(step.result);
  const cl_int count = count_of(builder.graph(), step.result);
  builder.launch(over("apply", count, {source, target, count, ending.kind, ending.alpha, ending.beta}));
}

// ---- BatchNormalization -----------------------------------------------------------------------

bool batch_norm_fits(const Graph& graph, const Node& node) { return cpu::batch_norm_affine(graph, node).has_value(); }

void build_batch_norm(DeviceStageBuilder& builder, const cpu::Step& step) {
  const cpu::Affine own = *cpu::batch_norm_affine(builder.graph(), *step.node);
  std::vector<float> scale, shift;
  for (std::size_t c = 0; c < own.scale.size(); ++c) {
    const double factor = step.affine ? step.affine->scale[c] : 1, summand = step.affine ? step.affine->shift[c] : 0;
    scale.push_back(static_cast<float>(own.scale[c] * factor));
    shift.push_back(static_cast<float>(own.shift[c] * factor + summand));
  }
  const Shape& shape = builder.shape(step.result);
  const cl_int count = count_of(builder.graph(), step.result);
  const auto channels = static_cast<cl_int>(shape[1]);
  const auto inner = static_cast<cl_int>(element_count(Shape(shape.begin() + 2, shape.end())));
  const Ending ending = ending_of(step.function);
  const SlotId source = builder.read(step.node->inputs[0]);
  const SlotId scales = builder.constant(std::span<const float>(scale));
  const SlotId shifts = builder.constant(std::span<const float>(shift));
  const SlotId target = builder.write(step.result);
  builder.launch(
      over("scale_channels", count,
           {source, scales, shifts, target, count, channels, inner, ending.kind, ending.alpha, ending.beta}));
}

// ---- functions of two -------------------------------------------------------------------------

constexpr std::array<std::pair<std::string_view, cl_int>, 9> kOperations{
    {{"Add", 0}, {"Sum", 0}, {"Sub", 1}, {"Mul", 2}, {"Div", 3}, {"Max", 4}, {"Min", 5}, {"Pow", 6}, {"PRelu", 7}}};

cl_int operation_of(const Node& node) {
  return std::ranges::find(kOperations, node.type, [](const auto& row) { return row.first; })->second;
}

bool combination_fits(const Graph& graph, const Node& node) {
  const auto is_float = [&](ValueId value) { return graph.values[value].type == DataType::float32; };
  // Early versions broadcast along a named axis.
  return !node.has("broadcast") && std::ranges::all_of(node.inputs, is_float) && graph.opset >= 7;
}

/// Extents of the result, strides of both factors.
SlotId geometry(DeviceStageBuilder& builder, const Shape& result, const Shape& a, const Shape& b) {
  std::vector<cl_int> numbers;
  const auto append = [&](const auto& list) {
    for (const std::int64_t number : list) numbers.push_back(static_cast<cl_int>(number));
  };
  append(result);
  append(cpu::broadcast_strides(a, cpu::Layout::row_major, result));
  append(cpu::broadcast_strides(b, cpu::Layout::row_major, result));
  return builder.constant(std::span<const cl_int>(numbers));
}

void build_combination(DeviceStageBuilder& builder, const cpu::Step& step) {
  const Node& node = *step.node;
  const Shape& result = builder.shape(step.result);
  const auto rank = static_cast<cl_int>(result.size());
  const cl_int count = count_of(builder.graph(), step.result), operation = operation_of(node);
  SlotId left = builder.read(node.inputs[0]);
  Shape left_shape = builder.shape(node.inputs[0]);
  std::vector<SlotId> others;
  for (std::size_t i = 1; i < node.inputs.size(); ++i) others.push_back(builder.read(node.inputs[i]));
  const SlotId target = builder.write(step.result);
  if (others.empty())
    return builder.launch(over("apply", count, {left, target, count, cl_int{0}, cl_float{0}, cl_float{0}}));
  for (std::size_t i = 0; i < others.size(); ++i) {
    const SlotId shapes = geometry(builder, result, left_shape, builder.shape(node.inputs[i + 1]));
    builder.launch(over("combine_arrays", count, {left, others[i], target, count, operation, rank, shapes}));
    left = target;
    left_shape = result;
  }
}

constexpr std::array kKernels{DeviceKernel{"Abs", function_fits, build_function},
                              DeviceKernel{"Add", combination_fits, build_combination},
                              DeviceKernel{"BatchNormalization", batch_norm_fits, build_batch_norm},
                              DeviceKernel{"Ceil", function_fits, build_function},
                              DeviceKernel{"Clip", function_fits, build_function},
                              DeviceKernel{"Cos", function_fits, build_function},
                              DeviceKernel{"Div", combination_fits, build_combination},
                              DeviceKernel{"Elu", function_fits, build_function},
                              DeviceKernel{"Erf", function_fits, build_function},
                              DeviceKernel{"Exp", function_fits, build_function},
                              DeviceKernel{"Floor", function_fits, build_function},
                              DeviceKernel{"HardSigmoid", function_fits, build_function},
                              DeviceKernel{"HardSwish", function_fits, build_function},
                              DeviceKernel{"LeakyRelu", function_fits, build_function},
                              DeviceKernel{"Log", function_fits, build_function},
                              DeviceKernel{"Max", combination_fits, build_combination},
                              DeviceKernel{"Min", combination_fits, build_combination},
                              DeviceKernel{"Mul", combination_fits, build_combination},
                              DeviceKernel{"Neg", function_fits, build_function},
                              DeviceKernel{"PRelu", combination_fits, build_combination},
                              DeviceKernel{"Pow", combination_fits, build_combination},
                              DeviceKernel{"Reciprocal", function_fits, build_function},
                              DeviceKernel{"Relu", function_fits, build_function},
                              DeviceKernel{"Round", function_fits, build_function},
                              DeviceKernel{"Sigmoid", function_fits, build_function},
                              DeviceKernel{"Sin", function_fits, build_function},
                              DeviceKernel{"Softplus", function_fits, build_function},
                              DeviceKernel{"Softsign", function_fits, build_function},
                              DeviceKernel{"Sqrt", function_fits, build_function},
                              DeviceKernel{"Sub", combination_fits, build_combination},
                              DeviceKernel{"Sum", combination_fits, build_combination},
                              DeviceKernel{"Tanh", function_fits, build_function}};

}  // namespace

std::span<const DeviceKernel> pointwise_kernels() { return kKernels; }

}  // namespace cleave::opencl
