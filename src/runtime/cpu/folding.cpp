#include "runtime/cpu/folding.hpp"

#include "runtime/cpu/kernel_support.hpp"

namespace cleave::cpu {

FoldedProduct fold_convolution(const Graph& graph, const Step& step) {
  const Node& node = *step.node;
  FoldedProduct product{.folded = {}, .channels = shape_of(graph, node.outputs[0])[1], .order = Channels::rows};
  const auto constant = graph.constants.find(node.inputs[1]);
  if (constant != graph.constants.end()) product.folded.weights = materialize(constant->second);
  const auto bias = has_input(node, 2) ? constant_doubles(graph, node.inputs[2]) : std::nullopt;
  product.folded.bias = folded_bias(bias, step.affine);
  if (step.affine) {
    const auto elements = product.folded.weights->as<float>();
    scale_rows(elements, step.affine->scale, elements.size() / step.affine->scale.size());
  }
  return product;
}

FoldedProduct fold_gemm(const Graph& graph, const Step& step) {
  const Node& node = *step.node;
  const bool transposed = node.attribute<std::int64_t>("transB", 0) != 0;
  FoldedProduct product{.folded = {.weights = materialize(graph.constants.at(node.inputs[1])), .bias = {}},
                        .channels = shape_of(graph, node.outputs[0])[1],
                        .order = transposed ? Channels::rows : Channels::columns};
  const auto columns = static_cast<std::size_t>(product.channels);
  std::vector<double> factors(columns, static_cast<double>(node.attribute("alpha", 1.0F)));
  for (std::size_t i = 0; step.affine && i < columns; ++i) factors[i] *= step.affine->scale[i];
  const auto elements = product.folded.weights->as<float>();
  if (transposed)
    scale_rows(elements, factors, elements.size() / columns);
  else
    scale_columns(elements, factors);
  auto bias =
      has_input(node, 2) ? per_channel(graph, node.inputs[2], shape_of(graph, node.outputs[0]), 1) : std::nullopt;
  if (bias)
    for (double& number : *bias) number *= static_cast<double>(node.attribute("beta", 1.0F));
  product.folded.bias = folded_bias(bias, step.affine);
  return product;
}

FoldedProduct fold_matmul(const Graph& graph, const Step& step) {
  FoldedProduct product{.folded = {.weights = materialize(graph.constants.at(step.node->inputs[1])), .bias = {}},
                        .channels = shape_of(graph, step.node->inputs[1]).back(),
                        .order = Channels::columns};
  if (step.affine) scale_columns(product.folded.weights->as<float>(), step.affine->scale);
  product.folded.bias = folded_bias(std::nullopt, step.affine);
  return product;
}

}  // namespace cleave::cpu
