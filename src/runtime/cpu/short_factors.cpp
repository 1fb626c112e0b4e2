#include "runtime/cpu/short_factors.hpp"

#include "base/large_pages.hpp"
#include "runtime/cpu/short_values.hpp"

namespace cleave::cpu {

namespace {

/// The held elements of a short result are scale * (x - zero): the scale is a factor, the rest goes into the bias.
void take_residual(const Code& code, ShortFactors& factors, FoldedWeights& folded, std::size_t channels) {
  factors.epilogue.sum = code.scale;
  if (code.zero == 0) return;
  if (!folded.bias) folded.bias = std::vector<float>(channels, 0);
  for (float& number : *folded.bias) number -= code.scale * static_cast<float>(code.zero);
}

}  // namespace

ShortFactors short_factors(const StageBuilder& builder, const Step& step, FoldedProduct& product) {
  ShortFactors factors;
  factors.epilogue = {
      .scale = {}, .sum = step.residual.valid() ? std::optional(1.0F) : std::nullopt, .function = step.function};
  const Code* source = builder.code(step.node->inputs[0]);
  if (!source || !multiplies_short(builder.graph(), *step.node)) return factors;
  onednn::Arithmetic& arithmetic = factors.arithmetic;
  arithmetic.source = source->element;
  const Code* target = builder.code(step.result);
  const Code* residual = step.residual.valid() ? builder.code(step.residual) : nullptr;
  const bool is_short = target && (!step.residual.valid() || residual);
  if (is_short) arithmetic.target = target->element;
  arithmetic.weights = source->element == Element::u8 ? Element::s8 : source->element;
  if (arithmetic.weights != Element::s8) return factors;
  arithmetic.source_zero = source->zero;
  const auto channels = static_cast<std::size_t>(product.channels);
  const std::span<float> numbers = product.folded.weights->as<float>();
  Quantized weights = quantize(numbers, channels, product.order);
  // Nobody reads them again. Small ones are soon written over by the next, in pages that are there.
  if (numbers.size_bytes() >= onednn::kLargeWeights) give_back_pages(numbers.data(), numbers.size_bytes());
  factors.integers = std::move(weights.integers);
  for (const float step_size : weights.steps) arithmetic.rescale.push_back(step_size * source->scale);
  if (!is_short) return factors;
  arithmetic.target_factor = 1 / target->scale;
  arithmetic.target_zero = target->zero;
  if (residual) take_residual(*residual, factors, product.folded, channels);
  return factors;
}

}  // namespace cleave::cpu
