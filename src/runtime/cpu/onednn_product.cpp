#include "runtime/cpu/onednn_call.hpp"

namespace cleave::cpu::onednn {

namespace {

/// [rows, columns] in memory as it is, or as the transpose of what lies there.
dnnl::memory::desc factor(std::int64_t batch, std::int64_t rows, std::int64_t columns, bool transposed,
                          Element element) {
  const Strides strides = transposed ? Strides{rows * columns, 1, rows} : Strides{rows * columns, columns, 1};
  if (batch == 1) return described({rows, columns}, {strides[1], strides[2]}, element);
  return described({batch, rows, columns}, strides, element);
}

}  // namespace

Routine product(const Library& library, const ProductShape& shape, void* weights, const float* bias,
                const Epilogue& epilogue, const Arithmetic& arithmetic) {
  const auto source = factor(shape.batch, shape.m, shape.k, shape.source_transposed, arithmetic.source);
  const auto plain = factor(shape.batch, shape.k, shape.n, shape.weights_transposed,
                            weights ? plain_weights(arithmetic) : arithmetic.weights);
  const auto target = factor(shape.batch, shape.m, shape.n, false, arithmetic.target);
  const auto bias_layout = !shape.has_bias    ? dnnl::memory::desc()
                           : shape.batch == 1 ? described({1, shape.n}, Layout::row_major)
                                              : described({1, 1, shape.n}, Layout::row_major);
  const auto wanted = weights ? any_order(plain.dims(), arithmetic.weights) : plain;
  const dnnl::matmul::desc what = shape.has_bias ? dnnl::matmul::desc(source, wanted, bias_layout, target)
                                                 : dnnl::matmul::desc(source, wanted, target);
  const int channel_mask = shape.batch == 1 ? 1 << 1 : 1 << 2;
  const dnnl::matmul::primitive_desc plan(what, attributes_of(epilogue, arithmetic, channel_mask),
                                          library.handles().engine);
  const auto routine = [&](const float* added) {
    return weighted_routine(library, dnnl::matmul(plan), source, target, plan.scratchpad_desc(),
                            {plain, plan.weights_desc(), weights, weights}, {bias_layout, bias_layout, added});
  };
  return arithmetic.rescale.empty() || !bias ? routine(bias) : routine(unscaled_bias(bias, arithmetic).data());
}

}  // namespace cleave::cpu::onednn
