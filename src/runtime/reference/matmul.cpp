/// Matrix products: MatMul as numpy has it, and Gemm.

#include "runtime/reference/operator.hpp"
#include "runtime/reference/product.hpp"

#include <algorithm>

namespace cleave::reference {
namespace {

/// Both operands as stacks of matrices: a vector on the left is a row, one on the right a column.
struct Stacks {
  Shape a, b;   ///< after that promotion
  Shape batch;  ///< what the leading axes of both broadcast to
};

Shape leading(const Shape& shape) { return Shape(shape.begin(), shape.end() - 2); }

Shape broadcast_of(const Shape& a, const Shape& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  Shape result(rank, 1);
  for (std::size_t back = 1; back <= rank; ++back) {
    const std::int64_t x = back <= a.size() ? a[a.size() - back] : 1;
    const std::int64_t y = back <= b.size() ? b[b.size() - back] : 1;
    require(x == y || x == 1 || y == 1, "the leading axes of the operands do not broadcast");
    result[rank - back] = x == 1 ? y : x;
  }
  return result;
}

Stacks stacks_of(const NodeView& view) {
  Shape a = view.shape(0);
  Shape b = view.shape(1);
  require(!a.empty() && !b.empty(), "a scalar is no matrix");
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  require(a.back() == b[b.size() - 2], "the inner extents of the operands differ");
  const Shape batch = broadcast_of(leading(a), leading(b));
  require(element_count(view.output().shape) == element_count(batch) * a[a.size() - 2] * b.back(),
          "the output has another shape than the product");
  return {a, b, batch};
}

void check_matmul(const NodeView& view) { (void)stacks_of(view); }

Array stretched(const Array& in, const Shape& promoted, const Shape& batch) {
  Shape target = batch;
  target.insert(target.end(), promoted.end() - 2, promoted.end());
  return broadcast_to({promoted, in.data}, target);
}

std::vector<Array> matmul(const Call& call) {
  const Stacks stacks = stacks_of(call);
  const std::int64_t m = stacks.a[stacks.a.size() - 2];
  const std::int64_t k = stacks.a.back();
  const std::int64_t n = stacks.b.back();
  const Array a = stretched(call.array(0), stacks.a, stacks.batch);
  const Array b = stretched(call.array(1), stacks.b, stacks.batch);
  Array y{call.output().shape, {}};
  for (std::int64_t i = 0; i < element_count(stacks.batch); ++i) {
    const std::vector<double> c =
        product({a.data.data() + i * m * k, m, k, false}, {b.data.data() + i * k * n, k, n, false});
    y.data.insert(y.data.end(), c.begin(), c.end());
  }
  return {y};
}

struct GemmPlan {
  std::int64_t m = 0, k = 0, n = 0;
  bool transpose_a = false, transpose_b = false;
};

GemmPlan gemm_plan(const NodeView& view) {
  const Shape& a = view.shape(0);
  const Shape& b = view.shape(1);
  require(a.size() == 2 && b.size() == 2, "both operands must be matrices");
  GemmPlan plan{.transpose_a = view.integer("transA", 0) != 0, .transpose_b = view.integer("transB", 0) != 0};
  plan.m = a[plan.transpose_a ? 1 : 0];
  plan.k = a[plan.transpose_a ? 0 : 1];
  plan.n = b[plan.transpose_b ? 0 : 1];
  require(b[plan.transpose_b ? 1 : 0] == plan.k, "the inner extents of the operands differ");
  require((view.output().shape == Shape{plan.m, plan.n}), "the output has another shape than the product");
  require(!view.has_input(2) || broadcasts_to(view.shape(2), view.output().shape),
          "the third input does not broadcast to the product");
  return plan;
}

void check_gemm(const NodeView& view) { (void)gemm_plan(view); }

std::vector<Array> gemm(const Call& call) {
  const GemmPlan plan = gemm_plan(call);
  const double alpha = call.real("alpha", 1);
  const double beta = call.real("beta", 1);
  Array y{call.output().shape, product({call.array(0).data.data(), plan.m, plan.k, plan.transpose_a},
                                       {call.array(1).data.data(), plan.k, plan.n, plan.transpose_b})};
  for (double& x : y.data) x *= alpha;
  if (call.has_input(2)) {
    const Array c = broadcast_to(call.array(2), y.shape);
    for (std::size_t i = 0; i < y.data.size(); ++i) y.data[i] += beta * c.data[i];
  }
  return {y};
}

constexpr Operator rows[] = {{"MatMul", 2, 2, 1, matmul, check_matmul}, {"Gemm", 2, 3, 1, gemm, check_gemm}};

}  // namespace

std::span<const Operator> matmul_operators() { return rows; }

}  // namespace cleave::reference
