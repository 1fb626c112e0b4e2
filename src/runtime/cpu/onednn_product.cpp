#include "runtime/cpu/onednn_call.hpp"

namespace cleave::cpu::onednn {

namespace {

/// [rows, columns] in memory as it is, or as the transpose of what lies there.
dnnl::memory::desc factor(std::int64_t batch, std::int64_t rows, std::int64_t columns, bool transposed) {
  const Strides strides = transposed ? Strides{rows * columns, 1, rows} : Strides{rows * columns, columns, 1};
  if (batch == 1) return described({rows, columns}, {strides[1], strides[2]});
  return described({batch, rows, columns}, strides);
}

}  // namespace

Routine product(const Library& library, const ProductShape& shape, const float* weights, const float* bias,
                const Epilogue& epilogue) {
  const auto source = factor(shape.batch, shape.m, shape.k, shape.source_transposed);
  const auto plain_weights = factor(shape.batch, shape.k, shape.n, shape.weights_transposed);
  const auto target = factor(shape.batch, shape.m, shape.n, false);
  const auto bias_layout = !shape.has_bias    ? dnnl::memory::desc()
                           : shape.batch == 1 ? described({1, shape.n}, Layout::row_major)
                                              : described({1, 1, shape.n}, Layout::row_major);
  const auto wanted = weights ? any_order(plain_weights.dims()) : plain_weights;
  const dnnl::matmul::desc what = shape.has_bias ? dnnl::matmul::desc(source, wanted, bias_layout, target)
                                                 : dnnl::matmul::desc(source, wanted, target);
  const dnnl::matmul::primitive_desc plan(what, attributes_of(epilogue), library.handles().engine);
  return weighted_routine(library, dnnl::matmul(plan), source, target, plan.scratchpad_desc(),
                          {plain_weights, plan.weights_desc(), weights}, {bias_layout, bias_layout, bias});
}

}  // namespace cleave::cpu::onednn
