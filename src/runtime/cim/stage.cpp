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

}  // namespace

cpu::Layout input_layout(const Node& node) {
  return node.type == "Conv" ? cpu::Layout::channels_last : cpu::Layout::row_major;
}

std::shared_ptr<Product> make_product(const Graph& graph, const cpu::Step& step, const Setup& setup) {
  const Node& node = *step.node;
  const auto range = setup.ranges.find(node.inputs[0]);
  if (range == setup.ranges.end())
    throw InputError(graph.name, node.name,
                     fmt::format("the range of its input '{}' is not known", graph.values[node.inputs[0]].name),
                     "calibrate the network with inputs of its own");
  const ProductShape shape = product_shape(graph, node, setup.crossbar);
  const InputCode code = input_code(range->second.low, range->second.high, setup.crossbar.largest_input());
  // Cells are programmed alike wherever the operator runs.
  const CellNoise noise{.sigma = setup.crossbar.cell_sigma,
                        .seed = setup.seed ^ (std::uint64_t{node.outputs[0].at()} << 20)};
  auto product = std::make_shared<Product>(shape, product_weights(graph, step, shape, setup.crossbar), setup.crossbar,
                                           code, noise, best_kernels());
  if (step.function && step.function->kind == Kind::relu && step.function->alpha == 0)
    product->clamp_results(0, std::numeric_limits<float>::infinity());
  if (step.function && step.function->kind == Kind::clip)
    product->clamp_results(step.function->alpha, step.function->beta);
  return product;
}

void add_product(cpu::StageBuilder& builder, const cpu::Step& step, const std::shared_ptr<Product>& product) {
  const cpu::Layout layout = input_layout(*step.node);
  const cpu::onednn::Routine rest = rest_of(builder, step);
  const cpu::SlotId source = builder.read(step.node->inputs[0], layout);
  const cpu::SlotId residual = step.residual.valid() ? builder.read(step.residual, layout) : cpu::SlotId();
  const cpu::SlotId target = builder.write(step.result, layout);
  const cpu::SlotId work = builder.scratch(std::max(product->scratch_bytes(), rest.scratch_bytes));
  if (residual.valid()) builder.reuse(residual, target);
  builder.step([=](const cpu::Memory& memory) {
    float* to = memory.at(target);
    product->run(memory.at(source), residual.valid() ? memory.at(residual) : nullptr, to, memory.raw(work));
    if (rest.run) rest.run({.source = to, .target = to, .scratch = memory.raw(work)});
  });
}

}  // namespace cleave::cim
