#include "model/zoo/transformer_layers.hpp"

#include <cmath>
#include <numbers>
#include <numeric>

namespace cleave::zoo {
namespace {

/// [batch, tokens, heads * d] to [batch, heads, tokens, d], or with the last two exchanged.
ValueId split_heads(GraphBuilder& net, ValueId x, const std::string& name, std::int64_t heads, bool transposed) {
  x = net.reshape(x, name + ".heads", {0, 0, heads, net.shape(x).back() / heads});
  return net.transpose(x, name + ".transpose",
                       transposed ? std::vector<std::int64_t>{0, 2, 3, 1} : std::vector<std::int64_t>{0, 2, 1, 3});
}

/// Queries, keys and values.
std::vector<ValueId> projections(GraphBuilder& net, ValueId x, const std::string& name, bool packed) {
  const std::int64_t features = net.shape(x).back();
  if (packed) return net.split(dense(net, x, name + ".qkv", 3 * features), name + ".split", 3, 2);
  return {dense(net, x, name + ".query", features), dense(net, x, name + ".key", features),
          dense(net, x, name + ".value", features)};
}

}  // namespace

ValueId dense(GraphBuilder& net, ValueId x, const std::string& name, std::int64_t out, double gain) {
  const std::int64_t in = net.shape(x).back();
  const ValueId weight = net.weights(name + ".weight", {in, out}, 0, std::sqrt(gain / static_cast<double>(in)));
  const ValueId bias = net.weights(name + ".bias", {out}, 0, 0.02);
  return net.binary("Add", net.matmul(x, weight, name), bias, name + ".add");
}

ValueId layer_norm(GraphBuilder& net, ValueId x, const std::string& name, float epsilon) {
  const Shape features = {net.shape(x).back()};
  const ValueId centred = net.binary("Sub", x, net.mean_of_last(x, name + ".mean"), name + ".sub");
  const ValueId squares = net.binary("Pow", centred, net.scalar(2), name + ".pow");
  const ValueId variance = net.mean_of_last(squares, name + ".variance");
  const ValueId padded = net.binary("Add", variance, net.scalar(epsilon), name + ".epsilon");
  const ValueId normal = net.binary("Div", centred, net.unary("Sqrt", padded, name + ".sqrt"), name + ".div");
  const ValueId scaled = net.binary("Mul", normal, net.weights(name + ".weight", features, 1, 0.1), name + ".mul");
  return net.binary("Add", scaled, net.weights(name + ".bias", features, 0, 0.02), name);
}

ValueId gelu_erf(GraphBuilder& net, ValueId x, const std::string& name) {
  ValueId cdf = net.binary("Div", x, net.scalar(std::numbers::sqrt2_v<float>), name + ".div");
  cdf = net.unary("Erf", cdf, name + ".erf");
  cdf = net.binary("Add", cdf, net.scalar(1), name + ".add");
  const ValueId twice = net.binary("Mul", x, cdf, name + ".mul");
  return net.binary("Mul", twice, net.scalar(0.5F), name);
}

ValueId gelu_tanh(GraphBuilder& net, ValueId x, const std::string& name) {
  const auto root = static_cast<float>(std::sqrt(2 / std::numbers::pi));
  ValueId cdf = net.binary("Pow", x, net.scalar(3), name + ".pow");
  cdf = net.binary("Mul", cdf, net.scalar(0.044715F), name + ".cubic");
  cdf = net.binary("Add", x, cdf, name + ".sum");
  cdf = net.binary("Mul", cdf, net.scalar(root), name + ".scale");
  cdf = net.unary("Tanh", cdf, name + ".tanh");
  cdf = net.binary("Add", cdf, net.scalar(1), name + ".add");
  const ValueId half = net.binary("Mul", x, net.scalar(0.5F), name + ".half");
  return net.binary("Mul", half, cdf, name);
}

ValueId attention(GraphBuilder& net, ValueId x, const std::string& name, const AttentionOptions& options) {
  const std::int64_t features = net.shape(x).back();
  const std::vector<ValueId> qkv = projections(net, x, name, options.packed);
  const ValueId queries = split_heads(net, qkv[0], name + ".query", options.heads, false);
  const ValueId keys = split_heads(net, qkv[1], name + ".key", options.heads, true);
  const ValueId values = split_heads(net, qkv[2], name + ".value", options.heads, false);
  const auto width = static_cast<float>(std::sqrt(static_cast<double>(features / options.heads)));
  ValueId scores = net.matmul(queries, keys, name + ".scores");
  scores = net.binary("Div", scores, net.scalar(width), name + ".scaled");
  if (options.mask.valid()) scores = net.binary("Add", scores, options.mask, name + ".masked");
  const ValueId context = net.matmul(net.softmax(scores, name + ".softmax"), values, name + ".context");
  const ValueId rows = net.transpose(context, name + ".context.transpose", {0, 2, 1, 3});
  return dense(net, net.reshape(rows, name + ".context.reshape", {0, 0, features}), name + ".output", features);
}

ValueId embedding_table(GraphBuilder& net, const std::string& name, Shape shape) {
  return net.weights(name + ".weight", std::move(shape), 0, 0.02);
}

ValueId positions(GraphBuilder& net, std::int64_t tokens) {
  Tensor indices(DataType::int64, {1, tokens});
  std::iota(indices.as<std::int64_t>().begin(), indices.as<std::int64_t>().end(), 0);
  return net.constant("positions", std::move(indices));
}

}  // namespace cleave::zoo
