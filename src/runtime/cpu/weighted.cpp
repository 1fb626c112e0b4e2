#include "runtime/cpu/weighted.hpp"

#include "runtime/cpu/kernel_support.hpp"

#include <cstring>

namespace cleave::cpu {

void scale_rows(std::span<float> elements, std::span<const double> factors, std::size_t length) {
  for (std::size_t row = 0; row < factors.size(); ++row)
    for (float& element : elements.subspan(row * length, length))
      element = static_cast<float>(static_cast<double>(element) * factors[row]);
}

void scale_columns(std::span<float> elements, std::span<const double> factors) {
  for (std::size_t i = 0; i < elements.size(); ++i)
    elements[i] = static_cast<float>(static_cast<double>(elements[i]) * factors[i % factors.size()]);
}

std::optional<std::vector<float>> folded_bias(const std::optional<std::vector<double>>& bias,
                                              const std::optional<Affine>& affine) {
  if (!bias && !affine) return std::nullopt;
  const std::size_t channels = affine ? affine->scale.size() : bias->size();
  std::vector<float> folded(channels);
  for (std::size_t i = 0; i < channels; ++i) {
    double number = bias ? (*bias)[i] : 0.0;
    if (affine) number = number * affine->scale[i] + affine->shift[i];
    folded[i] = static_cast<float>(number);
  }
  return folded;
}

namespace {

SlotId read_as(StageBuilder& builder, ValueId value, Element element, Layout layout) {
  return element == Element::f32 ? builder.read(value, layout) : builder.read_coded(value, layout);
}

/// The input for the next step if it was not packed; an invalid slot otherwise.
SlotId unpacked(StageBuilder& builder, const Node& node, std::size_t input, bool is_packed, Element element) {
  if (is_packed || !has_input(node, input)) return {};
  return read_as(builder, node.inputs[input], element, Layout::row_major);
}

const float* address(const Memory& memory, SlotId slot) { return slot.valid() ? memory.at(slot) : nullptr; }

}  // namespace

void add_weighted(StageBuilder& builder, const Step& step, const WeightedKernel& kernel, Layout layout) {
  const Node& node = *step.node;
  const onednn::Arithmetic& arithmetic = kernel.arithmetic;
  const bool is_short = arithmetic.target != Element::f32;
  const SlotId source = read_as(builder, node.inputs[0], arithmetic.source, layout);
  const SlotId weights = unpacked(builder, node, 1, kernel.holds_weights, arithmetic.weights);
  const SlotId bias = unpacked(builder, node, 2, kernel.holds_bias, Element::f32);
  const SlotId residual = step.residual.valid() ? read_as(builder, step.residual, arithmetic.target, layout) : SlotId();
  const SlotId target = is_short ? builder.write_coded(step.result, layout) : builder.write(step.result, layout);
  const SlotId work = builder.scratch(kernel.routine.scratch_bytes);
  if (residual.valid()) builder.reuse(residual, target);
  const std::size_t bytes =
      size_of(arithmetic.target) * static_cast<std::size_t>(element_count(builder.shape(step.result)));
  builder.step([=, routine = kernel.routine](const Memory& memory) {
    if (residual.valid() && memory.raw(residual) != memory.raw(target))
      std::memcpy(memory.raw(target), memory.raw(residual), bytes);
    routine.run({.source = memory.at(source),
                 .weights = address(memory, weights),
                 .bias = address(memory, bias),
                 .target = memory.at(target),
                 .scratch = memory.raw(work)});
  });
}

}  // namespace cleave::cpu
