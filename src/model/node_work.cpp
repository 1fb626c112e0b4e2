#include "model/node_work.hpp"

#include "model/einsum.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace cleave {

namespace {

/// Read access to the shapes around one node; absent things are empty shapes.
class View {
 public:
  View(const Graph& graph, const Node& node, const IndexVector<ValueId, char>& is_weight)
      : graph_(graph), node_(node), is_weight_(is_weight) {}
  [[nodiscard]] const Node& node() const { return node_; }
  [[nodiscard]] bool has_input(std::size_t at) const { return at < node_.inputs.size() && node_.inputs[at].valid(); }
  [[nodiscard]] Shape input(std::size_t at) const {
    return has_input(at) ? graph_.values[node_.inputs[at]].shape : Shape{};
  }
  [[nodiscard]] Shape output() const {
    for (const ValueId id : node_.outputs)
      if (id.valid()) return graph_.values[id].shape;
    return {};
  }
  [[nodiscard]] bool is_weight(std::size_t at) const { return has_input(at) && is_weight_[node_.inputs[at]]; }
  /// Is the first factor constant, and the second not?
  [[nodiscard]] bool weights_first() const {
    const Factors factors = factors_of(node_.type);
    return is_weight(factors.first) && !is_weight(factors.second);
  }
  [[nodiscard]] std::int64_t output_elements() const { return element_count(output()); }
  [[nodiscard]] std::int64_t input_elements() const { return element_count(input(0)); }

 private:
  const Graph& graph_;
  const Node& node_;
  const IndexVector<ValueId, char>& is_weight_;
};

/// Beyond 2^50 operations an operator is nonsense; stopping there keeps sums from overflowing.
std::int64_t product(const Shape& factors) {
  constexpr std::int64_t most = std::int64_t{1} << 50;
  std::int64_t result = 1;
  for (const std::int64_t factor : factors) {
    if (factor <= 0) return 0;
    result = result > most / factor ? most : result * factor;
  }
  return result;
}

/// Product of the extents from `axis` on.
std::int64_t tail(const Shape& shape, std::size_t axis) {
  return product(Shape(shape.begin() + static_cast<std::ptrdiff_t>(axis), shape.end()));
}

std::int64_t macs_of(const Gemm& gemm) { return product({gemm.m, gemm.k, gemm.n, gemm.groups}); }

/// Spatial dimensions in two: of three the first counts as more rows, a single one is a row one high.
struct Plane {
  std::int64_t h = 1;
  std::int64_t w = 1;
};
Plane plane_of(const Shape& spatial) {
  if (spatial.empty()) return {};
  return {product(Shape(spatial.begin(), spatial.end() - 1)), spatial.back()};
}

Plane plane_behind_channels(const Shape& shape) { return plane_of(Shape(shape.begin() + 2, shape.end())); }

/// Window geometry of layers of up to three dimensions; zeros for deeper ones.
Window window_of(const View& view, const Shape& kernel) {
  const Shape in = view.input(0);
  const Shape out = view.output();
  if (in.size() < 3 || in.size() > 5 || out.size() != in.size()) return {};
  const Plane from = plane_behind_channels(in), to = plane_behind_channels(out), area = plane_of(kernel);
  const auto strides = view.node().attribute("strides", std::vector<std::int64_t>(kernel.size(), 1));
  const Plane step = plane_of(strides);
  return {.in_h = from.h,
          .in_w = from.w,
          .in_c = in[1],
          .kernel_h = area.h,
          .kernel_w = area.w,
          .stride_h = step.h,
          .stride_w = step.w,
          .out_h = to.h,
          .out_w = to.w,
          .out_c = out[1]};
}

/// Where a convolution has its bias.
std::size_t bias_of(const std::string& type) {
  if (type == "QLinearConv") return 8;
  return type == "ConvInteger" ? 99 : 2;
}

NodeWork conv_work(const View& view) {
  const std::string& type = view.node().type;
  const Shape in = view.input(0);
  const Shape weight = view.input(factors_of(type).second);
  const Shape out = view.output();
  if (in.size() < 3 || weight.size() != in.size() || out.size() != in.size()) return {};
  const std::int64_t groups = std::max<std::int64_t>(view.node().attribute<std::int64_t>("group", 1), 1);
  const std::int64_t kernel = tail(weight, 2);
  NodeWork work;
  work.window = window_of(view, Shape(weight.begin() + 2, weight.end()));
  if (type == "ConvTranspose") {
    // What an output pixel sums up is spread over the strides: each kernel is multiplied once for each input pixel.
    work.gemm = {
        .m = product({in[0], tail(in, 2)}), .k = product({kernel, in[1] / groups}), .n = weight[1], .groups = groups};
    work.window.out_h = work.window.in_h;
    work.window.out_w = work.window.in_w;
  } else {
    work.gemm = {.m = product({out[0], tail(out, 2)}),
                 .k = product({kernel, weight[1]}),
                 .n = out[1] / groups,
                 .groups = groups};
  }
  work.macs = macs_of(work.gemm);
  work.flops = view.has_input(bias_of(type)) ? element_count(out) : 0;
  return work;
}

NodeWork gemm_work(const View& view) {
  const Shape a = view.input(0);
  const Shape out = view.output();
  if (a.size() != 2 || out.size() != 2) return {};
  const bool transposed = view.node().attribute<std::int64_t>("transA", 0) != 0;
  NodeWork work{.gemm = {.m = out[0], .k = a[transposed ? 0 : 1], .n = out[1], .groups = 1}};
  if (view.weights_first()) std::swap(work.gemm.m, work.gemm.n);
  work.macs = macs_of(work.gemm);
  work.flops = view.has_input(2) ? element_count(out) : 0;
  return work;
}

/// How many matrices are stacked along the leading dimensions.
std::int64_t matrices_of(const Shape& shape) {
  return shape.size() > 2 ? product(Shape(shape.begin(), shape.end() - 2)) : 1;
}

/// numpy's matmul: leading dimensions broadcast, a vector counts as a row or a column.
NodeWork matmul_work(const View& view, OpKind kind) {
  const Factors factors = factors_of(view.node().type);
  const Shape a = view.input(factors.first);
  const Shape b = view.input(factors.second);
  if (a.empty() || b.empty()) return {};
  const std::int64_t k = a.back();
  const std::int64_t rows = a.size() == 1 ? 1 : a[a.size() - 2];
  const std::int64_t columns = b.size() == 1 ? 1 : b.back();
  const bool exchanged = view.weights_first();
  const std::int64_t m = exchanged ? columns : rows;  // of one product of matrices
  const std::int64_t n = exchanged ? rows : columns;
  const std::int64_t vectors = k > 0 && n > 0 ? view.output_elements() / n : 0;  // of all
  const Shape& weights = exchanged ? a : b;
  // Each of several matrices of weights is a group; without weights each product is one.
  const std::int64_t matrices = kind == OpKind::matmul ? vectors / std::max<std::int64_t>(m, 1) : matrices_of(weights);
  const std::int64_t groups = std::max<std::int64_t>(matrices, 1);
  NodeWork work{.gemm = {.m = vectors / groups, .k = k, .n = n, .groups = groups}};
  work.macs = macs_of(work.gemm);
  return work;
}

/// Of two factors, which may be exchanged.
Gemm gemm_of(const Einsum& einsum, bool exchanged) {
  const auto& first = einsum.operands[exchanged ? 1 : 0];
  const auto& second = einsum.operands[exchanged ? 0 : 1];
  const auto has = [](const std::vector<AxisLabel>& labels, AxisLabel label) {
    return std::ranges::find(labels, label) != labels.end();
  };
  Shape m, k, n, groups;
  for (const auto& [label, extent] : einsum.extents) {
    const bool left = has(first, label), right = has(second, label);
    if (!has(einsum.result, label))
      k.push_back(extent);
    else
      (left && right ? groups : left ? m : n).push_back(extent);
  }
  return {.m = product(m), .k = product(k), .n = product(n), .groups = product(groups)};
}

/// The product over all indices; exact for two operands, which is what networks have.
NodeWork einsum_work(const View& view) {
  std::vector<Shape> operands;
  for (std::size_t i = 0; i < view.node().inputs.size(); ++i) operands.push_back(view.input(i));
  const auto einsum = read_einsum(view.node().attribute("equation", std::string()), operands);
  if (!einsum) return {};
  if (operands.size() == 1) return {.flops = view.input_elements()};
  if (operands.size() == 2) {
    const Gemm gemm = gemm_of(*einsum, view.weights_first());
    return {.gemm = gemm, .macs = macs_of(gemm)};
  }
  Shape all;
  for (const auto& [label, extent] : einsum->extents) all.push_back(extent);
  const std::int64_t macs = product(all);
  const std::int64_t out = std::max<std::int64_t>(view.output_elements(), 1);
  return {.gemm = {.m = out, .k = macs / out, .n = 1, .groups = 1}, .macs = macs};
}

/// Recurrent layers: per step and direction one product of [x, h] with the weights of all gates.
NodeWork recurrent_work(const View& view) {
  const Shape x = view.input(0);
  const Shape w = view.input(1);  // directions, gates * hidden, inputs
  const Shape r = view.input(2);  // directions, gates * hidden, hidden
  if (x.size() != 3 || w.size() != 3 || r.size() != 3) return {};
  NodeWork work{.gemm = {.m = product({x[0], x[1]}), .k = w[2] + r[2], .n = w[1], .groups = w[0]}};
  work.macs = macs_of(work.gemm);
  work.flops = product({4, work.gemm.m, work.gemm.n, work.gemm.groups});
  return work;
}

NodeWork product_work(const View& view, OpKind kind) {
  const std::string& type = view.node().type;
  if (type.find("Conv") != std::string::npos) return conv_work(view);
  if (type == "Gemm") return gemm_work(view);
  if (type == "Einsum") return einsum_work(view);
  if (type == "LSTM" || type == "GRU" || type == "RNN") return recurrent_work(view);
  return matmul_work(view, kind);
}

NodeWork pool_work(const View& view) {
  const Shape in = view.input(0);
  if (in.size() < 3) return {.flops = view.input_elements()};
  const bool global = view.node().type.starts_with("Global");
  const Shape kernel =
      global ? Shape(in.begin() + 2, in.end()) : view.node().attribute<std::vector<std::int64_t>>("kernel_shape", {});
  return {.window = window_of(view, kernel), .flops = product({view.output_elements(), product(kernel)})};
}

std::int64_t normalization_flops(const View& view) {
  const std::string& type = view.node().type;
  if (type == "BatchNormalization") return 2 * view.output_elements();
  if (type == "LRN") {
    const std::int64_t neighbours =
        std::clamp<std::int64_t>(view.node().attribute<std::int64_t>("size", 1), 1, 1 << 20);
    return product({2 * neighbours + 4, view.output_elements()});
  }
  return 8 * view.output_elements();
}

std::int64_t pointwise_flops(const View& view) {
  if (view.node().type == "Cast" || view.node().type == "Identity") return 0;
  const bool combines = view.node().type == "Sum" || view.node().type == "Mean";
  const auto operands = static_cast<std::int64_t>(view.node().inputs.size());
  return (combines ? std::max<std::int64_t>(operands - 1, 1) : 1) * view.output_elements();
}

}  // namespace

NodeWork work_of(const Graph& graph, const Node& node, OpKind kind, const IndexVector<ValueId, char>& is_weight) {
  const View view(graph, node, is_weight);
  switch (kind) {
    case OpKind::conv:
    case OpKind::gemm:
    case OpKind::matmul:
      return product_work(view, kind);
    case OpKind::pool:
      return pool_work(view);
    case OpKind::normalization:
      return {.flops = normalization_flops(view)};
    case OpKind::softmax:
      return {.flops = 5 * view.output_elements()};
    case OpKind::reduction:
      return {.flops = view.input_elements()};
    case OpKind::elementwise:
      return {.flops = pointwise_flops(view)};
    case OpKind::movement:
    case OpKind::lookup:
    case OpKind::other:
      break;
  }
  return {};
}

}  // namespace cleave
