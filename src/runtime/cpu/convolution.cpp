#include "runtime/cpu/dense_product.hpp"
#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/kernels.hpp"
#include "runtime/cpu/narrow_convolution.hpp"
#include "runtime/cpu/short_factors.hpp"
#include "runtime/cpu/window.hpp"
#include "runtime/cpu/winograd.hpp"

#include <array>

namespace cleave::cpu {

namespace {

std::string conv_unsupported(const Graph& graph, const Node& node) {
  const std::size_t rank = shape_of(graph, node.inputs[0]).size();
  if (rank < 3 || rank > 5) return "only 1, 2 and 3 spatial dimensions are implemented";
  return floats_only(graph, node, 3);
}

onednn::ConvolutionShape geometry(const Graph& graph, const Node& node) {
  onednn::ConvolutionShape shape;
  shape.source = shape_of(graph, node.inputs[0]);
  shape.weights = shape_of(graph, node.inputs[1]);
  shape.target = shape_of(graph, node.outputs[0]);
  shape.groups = node.attribute<std::int64_t>("group", 1);
  const Windows windows =
      windows_of(node, Strides(shape.weights.begin() + 2, shape.weights.end()), shape.source, shape.target);
  shape.strides = windows.strides;
  shape.dilations = windows.dilations;
  shape.pads_begin = windows.pads_begin;
  shape.pads_end = windows.pads_end;
  return shape;
}

std::shared_ptr<const WeightedKernel> pack_conv(const StageBuilder& builder, const Step& step) {
  onednn::ConvolutionShape shape = geometry(builder.graph(), *step.node);
  FoldedProduct product = fold_convolution(builder.graph(), step);
  FoldedWeights& folded = product.folded;
  ShortFactors factors = short_factors(builder, step, product);
  shape.has_bias = folded.bias || has_input(*step.node, 2);
  const bool is_constant = folded.weights && (folded.bias || !shape.has_bias);
  const bool by_tiles = is_constant && suits_winograd(shape, factors.epilogue, factors.arithmetic.source);
  onednn::Routine routine = [&] {
    if (by_tiles)
      return winograd_convolution(builder.kernels(), shape, folded.weights_data(), folded.bias_data(), factors.epilogue,
                                  factors.arithmetic);
    if (is_constant && factors.arithmetic.source == Element::f32 && suits_dense_product(shape, factors.epilogue))
      return dense_convolution(builder.kernels(), shape, folded.weights_data(), folded.bias_data(), factors.epilogue);
    if (is_constant && factors.arithmetic.source == Element::f32 && suits_narrow_convolution(shape, factors.epilogue))
      return narrow_convolution(builder.kernels(), shape, folded.weights_data(), folded.bias_data(), factors.epilogue);
    return onednn::convolution(builder.kernels(), shape, weights_of(factors, folded), folded.bias_data(),
                               factors.epilogue, factors.arithmetic);
  }();
  return std::make_shared<const WeightedKernel>(
      WeightedKernel{std::move(routine), factors.arithmetic, folded.weights.has_value(), folded.bias.has_value()});
}

void build_conv(StageBuilder& builder, const Step& step) {
  add_weighted(builder, step, *(step.packed ? step.packed : pack_conv(builder, step)), Layout::channels_last);
}

constexpr std::array kKernels{Kernel{"Conv", conv_unsupported, build_conv, pack_conv}};

}  // namespace

std::span<const Kernel> convolution_kernels() { return kKernels; }

}  // namespace cleave::cpu
