#include "runtime/cpu/onednn_call.hpp"

namespace cleave::cpu::onednn {

Library::Library() : handles_(std::make_shared<const Handles>()), weights_(std::make_shared<WeightMemory>()) {}

dnnl::algorithm algorithm_of(const Function& function) {
  using Kind = Function::Kind;
  using dnnl::algorithm;
  switch (function.kind) {
    case Kind::relu:
      return algorithm::eltwise_relu;
    case Kind::clip:
      return algorithm::eltwise_clip;
    case Kind::sigmoid:
      return algorithm::eltwise_logistic;
    case Kind::tanh:
      return algorithm::eltwise_tanh;
    case Kind::elu:
      return algorithm::eltwise_elu;
    case Kind::exp:
      return algorithm::eltwise_exp;
    case Kind::log:
      return algorithm::eltwise_log;
    case Kind::sqrt:
      return algorithm::eltwise_sqrt;
    case Kind::square:
      return algorithm::eltwise_square;
    case Kind::abs:
      return algorithm::eltwise_abs;
    case Kind::softplus:
      return algorithm::eltwise_soft_relu;
    case Kind::hardswish:
      return algorithm::eltwise_hardswish;
    case Kind::gelu_erf:
      return algorithm::eltwise_gelu_erf;
    case Kind::gelu_tanh:
      return algorithm::eltwise_gelu_tanh;
    case Kind::swish:
      return algorithm::eltwise_swish;
  }
  return algorithm::undef;
}

dnnl::memory::data_type type_of(Element element) {
  using Type = dnnl::memory::data_type;
  switch (element) {
    case Element::f32:
      return Type::f32;
    case Element::bf16:
      return Type::bf16;
    case Element::u8:
      return Type::u8;
    case Element::s8:
      return Type::s8;
  }
  return Type::undef;
}

namespace {

bool has(dnnl::cpu_isa wanted) {
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & static_cast<unsigned>(wanted)) ==
         static_cast<unsigned>(wanted);
}

}  // namespace

bool computes(Element element) {
  switch (element) {
    case Element::f32:
      return true;
    case Element::bf16:
      return has(dnnl::cpu_isa::avx512_core_bf16);
    case Element::u8:
    case Element::s8:
      return has(dnnl::cpu_isa::avx512_core_vnni) || has(dnnl::cpu_isa::avx2_vnni);
  }
  return false;
}

bool multiplies_bf16_matrices() { return has(dnnl::cpu_isa::avx512_core_amx); }

dnnl::primitive_attr attributes_of(const Epilogue& epilogue, const Arithmetic& arithmetic, int channel_mask) {
  dnnl::primitive_attr attributes = user_scratchpad();
  const auto& function = epilogue.function;
  // A factor passes through what is linear in sign; other functions are multiplied behind.
  const bool is_linear = !function || function->kind == Function::Kind::relu;
  const float inside = is_linear ? arithmetic.target_factor : 1.0F;
  const float behind = is_linear ? 1.0F : arithmetic.target_factor;
  if (!arithmetic.rescale.empty()) {
    std::vector<float> scales = arithmetic.rescale;
    for (float& scale : scales) scale *= inside;
    attributes.set_output_scales(channel_mask, scales);
  }
  dnnl::post_ops operations;
  if (epilogue.scale) operations.append_eltwise(1.0F, dnnl::algorithm::eltwise_linear, *epilogue.scale, 0.0F);
  if (epilogue.sum) operations.append_sum(*epilogue.sum * inside);
  if (function) operations.append_eltwise(behind, algorithm_of(*function), function->alpha, function->beta);
  attributes.set_post_ops(operations);
  if (arithmetic.source_zero != 0) attributes.set_zero_points(DNNL_ARG_SRC, 0, {arithmetic.source_zero});
  if (arithmetic.target_zero != 0) attributes.set_zero_points(DNNL_ARG_DST, 0, {arithmetic.target_zero});
  return attributes;
}

std::vector<float> unscaled_bias(const float* bias, const Arithmetic& arithmetic) {
  std::vector<float> unscaled(bias, bias + arithmetic.rescale.size());
  for (std::size_t i = 0; i < unscaled.size(); ++i) unscaled[i] /= arithmetic.rescale[i];
  return unscaled;
}

Routine simple_routine(const Library& library, const dnnl::primitive& primitive, const dnnl::memory::desc& source,
                       const dnnl::memory::desc& target, const dnnl::memory::desc& scratchpad) {
  Call call(library, primitive);
  const std::size_t from = call.add(DNNL_ARG_SRC, source);
  const std::size_t to = call.add(DNNL_ARG_DST, target);
  const std::size_t scratch = call.add(DNNL_ARG_SCRATCHPAD, scratchpad);
  return {.scratch_bytes = scratchpad.get_size(), .run = [=](const Buffers& buffers) mutable {
            call.set(from, buffers.source);
            call.set(to, buffers.target);
            call.set(scratch, buffers.scratch);
            call.execute();
          }};
}

Routine pool(const Library& library, const PoolShape& shape) {
  using dnnl::algorithm;
  const algorithm kind = shape.kind == PoolShape::Kind::max       ? algorithm::pooling_max
                         : shape.kind == PoolShape::Kind::average ? algorithm::pooling_avg_exclude_padding
                                                                  : algorithm::pooling_avg_include_padding;
  Strides gaps = shape.dilations;
  for (std::int64_t& gap : gaps) --gap;
  const auto source = described(shape.source, Layout::channels_last, shape.element);
  const auto target = described(shape.target, Layout::channels_last, shape.element);
  const dnnl::pooling_v2_forward::desc what(dnnl::prop_kind::forward_inference, kind, source, target, shape.strides,
                                            shape.kernel, gaps, shape.pads_begin, shape.pads_end);
  const dnnl::pooling_v2_forward::primitive_desc plan(what, user_scratchpad(), library.handles().engine);
  return simple_routine(library, dnnl::pooling_v2_forward(plan), source, target, plan.scratchpad_desc());
}

Routine response_norm(const Library& library, const ResponseNorm& norm) {
  const auto layout = described(norm.shape, Layout::channels_last);
  const dnnl::lrn_forward::desc what(dnnl::prop_kind::forward_inference, dnnl::algorithm::lrn_across_channels, layout,
                                     norm.size, norm.alpha, norm.beta, norm.bias);
  const dnnl::lrn_forward::primitive_desc plan(what, user_scratchpad(), library.handles().engine);
  return simple_routine(library, dnnl::lrn_forward(plan), layout, layout, plan.scratchpad_desc());
}

Routine softmax(const Library& library, std::int64_t outer, std::int64_t extent, std::int64_t inner, bool logarithm) {
  const Shape shape = inner == 1 ? Shape{outer, extent} : Shape{outer, extent, inner};
  const auto layout = described(shape, Layout::row_major);
  const dnnl::engine& engine = library.handles().engine;
  if (logarithm) {
    const dnnl::logsoftmax_forward::desc what(dnnl::prop_kind::forward_inference, layout, 1);
    const dnnl::logsoftmax_forward::primitive_desc plan(what, user_scratchpad(), engine);
    return simple_routine(library, dnnl::logsoftmax_forward(plan), layout, layout, plan.scratchpad_desc());
  }
  const dnnl::softmax_forward::desc what(dnnl::prop_kind::forward_inference, layout, 1);
  const dnnl::softmax_forward::primitive_desc plan(what, user_scratchpad(), engine);
  return simple_routine(library, dnnl::softmax_forward(plan), layout, layout, plan.scratchpad_desc());
}

Routine elementwise(const Library& library, std::int64_t count, const Function& function) {
  const auto layout = described({count}, Layout::row_major);
  const dnnl::eltwise_forward::desc what(dnnl::prop_kind::forward_inference, algorithm_of(function), layout,
                                         function.alpha, function.beta);
  const dnnl::eltwise_forward::primitive_desc plan(what, user_scratchpad(), library.handles().engine);
  return simple_routine(library, dnnl::eltwise_forward(plan), layout, layout, plan.scratchpad_desc());
}

Routine reorder_between(const Library& library, const dnnl::memory::desc& from, const dnnl::memory::desc& to) {
  const dnnl::engine& engine = library.handles().engine;
  const dnnl::reorder::primitive_desc plan(engine, from, engine, to, user_scratchpad());
  return simple_routine(library, dnnl::reorder(plan), from, to, plan.scratchpad_desc());
}

Routine reorder(const Library& library, Element element, const Shape& shape, const Strides& from, const Strides& to) {
  return reorder_between(library, described(shape, from, element), described(shape, to, element));
}

}  // namespace cleave::cpu::onednn
