#include "runtime/opencl/device_kernels.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace cleave::opencl {

namespace {

std::array<std::span<const DeviceKernel>, 4> families() {
  return {product_kernels(), pointwise_kernels(), normalization_kernels(), movement_kernels()};
}

}  // namespace

const DeviceKernel* find_device_kernel(const Graph& graph, const Node& node) {
  for (const auto family : families())
    for (const DeviceKernel& kernel : family)
      if (kernel.type == node.type)
        return floats_that_count(graph, node) && kernel.fits(graph, node) ? &kernel : nullptr;
  return nullptr;
}

std::vector<std::string> device_kernel_types() {
  std::vector<std::string> types;
  for (const auto family : families())
    for (const DeviceKernel& kernel : family) types.emplace_back(kernel.type);
  std::ranges::sort(types);
  return types;
}

Ending ending_of(const std::optional<cpu::onednn::Function>& function) {
  if (!function) return {};
  return {.kind = static_cast<cl_int>(function->kind) + 1, .alpha = function->alpha, .beta = function->beta};
}

cl_int count_of(const Graph& graph, ValueId value) {
  return static_cast<cl_int>(element_count(graph.values[value].shape));
}

bool floats_that_count(const Graph& graph, const Node& node) {
  const auto fits = [&](ValueId value) {
    return !value.valid() || element_count(graph.values[value].shape) < std::numeric_limits<cl_int>::max() / 2;
  };
  const auto is_float = [&](ValueId value) { return !value.valid() || graph.values[value].type == DataType::float32; };
  return std::ranges::all_of(node.inputs, fits) && std::ranges::all_of(node.outputs, fits) &&
         is_float(node.inputs[0]) && std::ranges::all_of(node.outputs, is_float);
}

Launch over(const char* kernel, cl_int count, std::vector<Argument> arguments) {
  return {.kernel = kernel,
          .arguments = std::move(arguments),
          .items = {static_cast<std::size_t>(std::max(count, 1)), 1, 1},
          .group = {64, 1, 1}};
}

}  // namespace cleave::opencl
