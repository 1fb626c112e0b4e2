#pragma once
/// Constants of a product with all that is folded into them.

#include "runtime/cpu/fusion.hpp"
#include "runtime/cpu/quantized.hpp"
#include "runtime/cpu/weighted.hpp"

namespace cleave::cpu {

struct FoldedProduct {
  FoldedWeights folded = {};
  std::int64_t channels = 0;
  Channels order = Channels::rows;
};

/// Of a Conv; what is no constant stays absent.
[[nodiscard]] FoldedProduct fold_convolution(const Graph& graph, const Step& step);
/// Of a Gemm whose factors are all constant: alpha, beta and the affine go into weights and bias.
[[nodiscard]] FoldedProduct fold_gemm(const Graph& graph, const Step& step);
/// Of a MatMul with one constant matrix.
[[nodiscard]] FoldedProduct fold_matmul(const Graph& graph, const Step& step);

}  // namespace cleave::cpu
