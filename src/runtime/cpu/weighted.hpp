#pragma once
/// What kernels with weights share: constants folded and packed once, others passed at run time.

#include "runtime/cpu/fusion.hpp"
#include "runtime/cpu/stage_builder.hpp"

#include <optional>
#include <span>
#include <vector>

namespace cleave::cpu {

/// Parameters as they are packed; absent where they are computed at run time.
struct FoldedWeights {
  std::optional<Tensor> weights = {};
  std::optional<std::vector<float>> bias = {};

  [[nodiscard]] float* weights_data() { return weights ? weights->as<float>().data() : nullptr; }
  [[nodiscard]] const float* bias_data() const { return bias ? bias->data() : nullptr; }
};

/// Row i of `elements` (rows of `length`) times `factors[i]`, in double, rounded once.
void scale_rows(std::span<float> elements, std::span<const double> factors, std::size_t length);
/// Column i of `elements` times `factors[i]`.
void scale_columns(std::span<float> elements, std::span<const double> factors);
/// scale * bias + shift, rounded once; without an affine just rounded. Empty if there is neither.
[[nodiscard]] std::optional<std::vector<float>> folded_bias(const std::optional<std::vector<double>>& bias,
                                                            const std::optional<Affine>& affine);

/// A routine for input 0, weights 1 and bias 2 of a node, whichever place they have in the stage.
struct WeightedKernel {
  onednn::Routine routine = {};
  onednn::Arithmetic arithmetic = {};              ///< the forms of inputs and result
  bool holds_weights = false, holds_bias = false;  ///< packed; else they come with every run
};

/// Adds the step that runs `kernel` on its node, the residual loaded into the target first.
void add_weighted(StageBuilder& builder, const Step& step, const WeightedKernel& kernel, Layout layout);

}  // namespace cleave::cpu
