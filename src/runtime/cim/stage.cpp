#include "runtime/cim/stage.hpp"

#include "runtime/cim/mapping.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

namespace cleave::cim {
namespace {

using Kind = cpu::onednn::Function::Kind;

/// Results are clamped while they are written, where that is all that the function does.
bool is_clamp(const cpu::onednn::Function& function) {
  return function.kind == Kind::clip || (function.kind == Kind::relu && function.alpha == 0);
}

/// The rest of a step's function, in place; empty where there is none.
cpu::onednn::Routine rest_of(const cpu::StageBuilder& builder, const cpu::Step& step) {
  if (!step.function || is_clamp(*step.function)) return {};
  return cpu::onednn::elementwise(builder.kernels(), element_count(builder.shape(step.result)), *step.function);
}

/// Null where there is none.
template <class T>
T* at(const cpu::Memory& memory, cpu::SlotId slot) {
  return slot.valid() ? memory.at<T>(slot) : nullptr;
}

}  // namespace

std::shared_ptr<Product> make_product(const Graph& graph, const cpu::Step& step, const Setup& setup) {
  const Node& node = *step.node;
  const auto range = setup.ranges.find(node.inputs[0]);
  if (range == setup.ranges.end())
    throw InputError(graph.name, node.name,
                     fmt::format("the range of its input '{}' is not known", graph.values[node.inputs[0]].name),
                     "calibrate the network with inputs of its own");
  const ProductShape shape = product_shape(graph, node, setup.crossbar);
  const auto code_of = [&](const auto& of) { return input_code(of.low, of.high, setup.crossbar.largest_input()); };
  // Cells are programmed alike wherever the operator runs.
  const CellNoise noise{.sigma = setup.crossbar.cell_sigma,
                        .seed = setup.seed ^ (std::uint64_t{node.outputs[0].at()} << 20)};
  auto product = std::make_shared<Product>(shape, product_weights(graph, step, shape, setup.crossbar), setup.crossbar,
                                           code_of(range->second), noise, best_kernels());
  if (const auto next = setup.ranges.find(step.result); next != setup.ranges.end())
    product->set_next_code(code_of(next->second));
  if (step.function && step.function->kind == Kind::relu && step.function->alpha == 0)
    product->clamp_results(0, std::numeric_limits<float>::infinity());
  if (step.function && step.function->kind == Kind::clip)
    product->clamp_results(step.function->alpha, step.function->beta);
  return product;
}

void add_product(cpu::StageBuilder& builder, const cpu::Step& step, const std::shared_ptr<Product>& product,
                 ChainedInputs& chained) {
  const cpu::Layout layout = input_layout(*step.node);
  const cpu::onednn::Routine rest = rest_of(builder, step);
  const cpu::SlotId inputs = chained.take(builder, step.node->inputs[0], layout);
  const cpu::SlotId source = inputs.valid() ? cpu::SlotId() : builder.read(step.node->inputs[0], layout);
  const cpu::SlotId residual = step.residual.valid() ? builder.read(step.residual, layout) : cpu::SlotId();
  const bool hands_on = !rest.run && chained.taken(step.result, layout);
  const cpu::SlotId next = hands_on ? chained.make(builder, step.result, layout) : cpu::SlotId();
  const bool only = hands_on && chained.only_taken(step.result, layout);
  const cpu::SlotId target = only ? cpu::SlotId() : builder.write(step.result, layout);
  const cpu::SlotId work = builder.scratch(std::max(product->scratch_bytes(), rest.scratch_bytes));
  if (residual.valid() && target.valid()) builder.reuse(residual, target);
  builder.step([=](const cpu::Memory& memory) {
    const Operands operands{.source = at<float>(memory, source),
                            .inputs = at<std::uint8_t>(memory, inputs),
                            .residual = at<float>(memory, residual),
                            .target = at<float>(memory, target),
                            .next_inputs = at<std::uint8_t>(memory, next)};
    product->run(operands, memory.raw(work));
    if (rest.run) rest.run({.source = operands.target, .target = operands.target, .scratch = memory.raw(work)});
  });
}

}  // namespace cleave::cim
