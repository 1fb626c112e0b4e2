#include "runtime/cpu/onednn_call.hpp"

namespace cleave::cpu::onednn {

namespace {

/// [O, I/groups, spatial...] as [groups, O/groups, I/groups, spatial...] where there are groups.
Shape grouped(const Shape& weights, std::int64_t groups) {
  if (groups == 1) return weights;
  Shape shape{groups, weights[0] / groups};
  shape.insert(shape.end(), weights.begin() + 1, weights.end());
  return shape;
}

}  // namespace

Routine convolution(const Library& library, const ConvolutionShape& shape, const float* weights, const float* bias,
                    const Epilogue& epilogue) {
  Strides gaps = shape.dilations;
  for (std::int64_t& gap : gaps) --gap;
  const Shape weights_shape = grouped(shape.weights, shape.groups);
  const auto source = described(shape.source, Layout::channels_last);
  const auto target = described(shape.target, Layout::channels_last);
  const auto bias_layout = shape.has_bias ? described({shape.target[1]}, Layout::row_major) : dnnl::memory::desc();
  const dnnl::convolution_forward::desc what(dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
                                             source, any_order(weights_shape), bias_layout, target, shape.strides, gaps,
                                             shape.pads_begin, shape.pads_end);
  const dnnl::convolution_forward::primitive_desc plan(what, attributes_of(epilogue), library.handles().engine);
  return weighted_routine(library, dnnl::convolution_forward(plan), source, target, plan.scratchpad_desc(),
                          {described(weights_shape, Layout::row_major), plan.weights_desc(), weights},
                          {bias_layout, bias_layout, bias});
}

}  // namespace cleave::cpu::onednn
