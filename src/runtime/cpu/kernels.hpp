#pragma once
/// The operators that this backend has, one table row each.

#include "runtime/cpu/fusion.hpp"
#include "runtime/cpu/stage_builder.hpp"

#include <span>
#include <string>
#include <string_view>

namespace cleave::cpu {

struct Kernel {
  std::string_view type;
  /// Why it cannot run the node, in words; empty if it can. Types and shapes only.
  std::string (*unsupported)(const Graph& graph, const Node& node);
  /// Adds the steps that compute `step.result`.
  void (*build)(StageBuilder& builder, const Step& step);
  /// What `build` would pack, to be `step.packed`; null where it packs nothing. Reads nothing of what was built.
  std::shared_ptr<const WeightedKernel> (*pack)(const StageBuilder& builder, const Step& step) = nullptr;
};

[[nodiscard]] std::span<const Kernel> convolution_kernels();
[[nodiscard]] std::span<const Kernel> product_kernels();
[[nodiscard]] std::span<const Kernel> pool_kernels();
[[nodiscard]] std::span<const Kernel> normalization_kernels();
[[nodiscard]] std::span<const Kernel> unary_kernels();
[[nodiscard]] std::span<const Kernel> binary_kernels();
[[nodiscard]] std::span<const Kernel> reduction_kernels();
[[nodiscard]] std::span<const Kernel> view_kernels();
[[nodiscard]] std::span<const Kernel> movement_kernels();
[[nodiscard]] std::span<const Kernel> lookup_kernels();

/// The row for an operator type; null where there is none.
[[nodiscard]] const Kernel* find_kernel(std::string_view type);
[[nodiscard]] std::vector<std::string> kernel_types();

}  // namespace cleave::cpu
