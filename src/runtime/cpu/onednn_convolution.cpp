#include "runtime/cpu/onednn_call.hpp"

#include <algorithm>

namespace cleave::cpu::onednn {

namespace {

/// [O, I/groups, spatial...] as [groups, O/groups, I/groups, spatial...] where there are groups.
Shape grouped(const Shape& weights, std::int64_t groups) {
  if (groups == 1) return weights;
  Shape shape{groups, weights[0] / groups};
  shape.insert(shape.end(), weights.begin() + 1, weights.end());
  return shape;
}

using Plan = dnnl::convolution_forward::primitive_desc;
using Description = dnnl::memory::desc;

Description bias_layout(const ConvolutionShape& shape) {
  return shape.has_bias ? described({shape.target[1]}, Layout::row_major) : Description();
}

Plan plan_for(const Library& library, const ConvolutionShape& shape, const Epilogue& epilogue,
              const Arithmetic& arithmetic, dnnl::algorithm algorithm, const Description& source,
              const Description& target) {
  Strides gaps = shape.dilations;
  for (std::int64_t& gap : gaps) --gap;
  const dnnl::convolution_forward::desc what(dnnl::prop_kind::forward_inference, algorithm, source,
                                             any_order(grouped(shape.weights, shape.groups), arithmetic.weights),
                                             bias_layout(shape), target, shape.strides, gaps, shape.pads_begin,
                                             shape.pads_end);
  return {what, attributes_of(epilogue, arithmetic, 1 << 1), library.handles().engine, /*allow_empty=*/true};
}

Routine routine_for(const Library& library, const Plan& plan, const ConvolutionShape& shape, void* weights,
                    const float* bias, const Arithmetic& arithmetic) {
  const Shape weights_shape = grouped(shape.weights, shape.groups);
  return weighted_routine(
      library, dnnl::convolution_forward(plan), plan.src_desc(), plan.dst_desc(), plan.scratchpad_desc(),
      {described(weights_shape, Layout::row_major, plain_weights(arithmetic)), plan.weights_desc(), weights, weights},
      {bias_layout(shape), bias_layout(shape), bias});
}

/// oneDNN's own Winograd convolutions, for what suits_winograd of winograd.hpp leaves, above all small planes. Their
/// products are 2.25 to 4 times fewer; transforms and the way to oneDNN's layout and back must not eat that up. A rule
/// on the shape, not a measurement: the same operator has to compute the same bits wherever it runs.
bool suits_its_winograd(const ConvolutionShape& shape) {
  const Shape& weights = shape.weights;
  const bool three_by_three = weights.size() == 4 && weights[2] == 3 && weights[3] == 3;
  const bool dense = shape.groups == 1 && shape.strides == Strides{1, 1} && shape.dilations == Strides{1, 1};
  const std::int64_t out = weights[0], in = weights[1];
  const bool wide = out % 16 == 0 && in % 16 == 0 && in >= 32 && in * out >= 4096;
  return three_by_three && dense && wide && shape.target[2] >= 6 && shape.target[3] >= 6;
}

/// `inner` works in its own layouts; source and target are brought there and back.
Routine between_layouts(const Library& library, const Plan& plan, const ConvolutionShape& shape, const Routine& inner,
                        bool adds_to_target) {
  const Description source = described(shape.source, Layout::channels_last);
  const Description target = described(shape.target, Layout::channels_last);
  const Routine enter = reorder_between(library, source, plan.src_desc());
  const Routine load = reorder_between(library, target, plan.dst_desc());
  const Routine leave = reorder_between(library, plan.dst_desc(), target);
  const std::size_t source_bytes = whole_lines(plan.src_desc().get_size());
  const std::size_t target_bytes = whole_lines(plan.dst_desc().get_size());
  const std::size_t work =
      std::max({inner.scratch_bytes, enter.scratch_bytes, load.scratch_bytes, leave.scratch_bytes});
  return {.scratch_bytes = source_bytes + target_bytes + work, .run = [=](const Buffers& buffers) {
            auto* inner_source = reinterpret_cast<float*>(buffers.scratch);
            auto* inner_target = reinterpret_cast<float*>(buffers.scratch + source_bytes);
            std::byte* rest = buffers.scratch + source_bytes + target_bytes;
            enter.run({.source = buffers.source, .target = inner_source, .scratch = rest});
            if (adds_to_target) load.run({.source = buffers.target, .target = inner_target, .scratch = rest});
            inner.run({.source = inner_source, .target = inner_target, .scratch = rest});
            leave.run({.source = inner_target, .target = buffers.target, .scratch = rest});
          }};
}

}  // namespace

Routine convolution(const Library& library, const ConvolutionShape& shape, void* weights, const float* bias,
                    const Epilogue& epilogue, const Arithmetic& arithmetic) {
  if (arithmetic.source == Element::f32 && weights && (bias || !shape.has_bias) && suits_its_winograd(shape)) {
    const Plan plan = plan_for(library, shape, epilogue, {}, dnnl::algorithm::convolution_winograd,
                               any_order(shape.source), any_order(shape.target));
    if (plan)
      return between_layouts(library, plan, shape, routine_for(library, plan, shape, weights, bias, {}),
                             epilogue.sum.has_value());
  }
  const Plan plan = plan_for(library, shape, epilogue, arithmetic, dnnl::algorithm::convolution_direct,
                             described(shape.source, Layout::channels_last, arithmetic.source),
                             described(shape.target, Layout::channels_last, arithmetic.target));
  if (arithmetic.rescale.empty() || !bias) return routine_for(library, plan, shape, weights, bias, arithmetic);
  const std::vector<float> unscaled = unscaled_bias(bias, arithmetic);
  return routine_for(library, plan, shape, weights, unscaled.data(), arithmetic);
}

}  // namespace cleave::cpu::onednn
