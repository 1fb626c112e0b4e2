#pragma once
/// The operators that have kernels for devices, one table row each. All others are computed on the host.

#include "runtime/opencl/device_stage.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cleave::opencl {

struct DeviceKernel {
  std::string_view type;
  /// Whether the device can run the node, which the CPU engine can. Types and shapes only.
  bool (*fits)(const Graph& graph, const Node& node);
  /// Adds what computes `step.result`.
  void (*build)(DeviceStageBuilder& builder, const cpu::Step& step);
};

[[nodiscard]] std::span<const DeviceKernel> product_kernels();
[[nodiscard]] std::span<const DeviceKernel> pointwise_kernels();
[[nodiscard]] std::span<const DeviceKernel> normalization_kernels();
[[nodiscard]] std::span<const DeviceKernel> movement_kernels();

/// The row for a node that fits it; null where it has to run on the host.
[[nodiscard]] const DeviceKernel* find_device_kernel(const Graph& graph, const Node& node);

[[nodiscard]] std::vector<std::string> device_kernel_types();

/// A function of one element as kernels take it.
struct Ending {
  cl_int kind = 0;
  cl_float alpha = 0, beta = 0;
};
[[nodiscard]] Ending ending_of(const std::optional<cpu::onednn::Function>& function);

/// Elements of a value; kernels count in 32 bits.
[[nodiscard]] cl_int count_of(const Graph& graph, ValueId value);
/// The inputs and outputs are float32 and kernels can count their elements.
[[nodiscard]] bool floats_that_count(const Graph& graph, const Node& node);
/// One item for each of `count`.
[[nodiscard]] Launch over(const char* kernel, cl_int count, std::vector<Argument> arguments);

}  // namespace cleave::opencl
