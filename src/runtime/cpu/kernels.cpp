#include "runtime/cpu/kernels.hpp"

#include <algorithm>
#include <array>

namespace cleave::cpu {

namespace {

std::array<std::span<const Kernel>, 10> families() {
  return {convolution_kernels(), product_kernels(),   pool_kernels(), normalization_kernels(), unary_kernels(),
          binary_kernels(),      reduction_kernels(), view_kernels(), movement_kernels(),      lookup_kernels()};
}

}  // namespace

const Kernel* find_kernel(std::string_view type) {
  for (const auto family : families())
    for (const Kernel& kernel : family)
      if (kernel.type == type) return &kernel;
  return nullptr;
}

std::vector<std::string> kernel_types() {
  std::vector<std::string> types;
  for (const auto family : families())
    for (const Kernel& kernel : family) types.emplace_back(kernel.type);
  std::ranges::sort(types);
  return types;
}

}  // namespace cleave::cpu
