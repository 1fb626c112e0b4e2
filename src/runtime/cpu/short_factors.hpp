#pragma once
/// Products of short forms: what becomes of weights, bias and result.

#include "runtime/cpu/folding.hpp"

#include <cstdint>
#include <vector>

namespace cleave::cpu {

struct ShortFactors {
  onednn::Arithmetic arithmetic = {};
  onednn::Epilogue epilogue = {};
  std::vector<std::int8_t> integers = {};  ///< the weights, where the arithmetic is of integers
};

/// The factors of a product with constant weights: f32 where input 0 has no short form. Weights become s8 with a scale
/// per channel: largest size / 127. The result is short where it has a short form and what is added to it has one too.
/// What zero is in a short form that is added goes into the bias.
[[nodiscard]] ShortFactors short_factors(const StageBuilder& builder, const Step& step, FoldedProduct& product);

/// The weights as the routine takes them.
[[nodiscard]] inline void* weights_of(ShortFactors& factors, FoldedWeights& folded) {
  return factors.integers.empty() ? static_cast<void*>(folded.weights_data()) : factors.integers.data();
}

}  // namespace cleave::cpu
