#include "base/text.hpp"
#include "model/numbers.hpp"

#include <cleave/error.hpp>
#include <cleave/network.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace cleave {

namespace {

struct Distribution {
  double mean = 0;
  double stddev = 0.1;
};
constexpr Distribution near_zero{.mean = 0, .stddev = 0.1};
constexpr Distribution near_one{.mean = 1, .stddev = 0.1};  // never below 1 - 0.1 sqrt(3): positive

/// Keeps the variance of activations from layer to layer (He et al., ICCV 2015).
Distribution he(std::int64_t fan_in) {
  return {.mean = 0, .stddev = std::sqrt(2.0 / static_cast<double>(std::max<std::int64_t>(fan_in, 1)))};
}

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

/// Elements of `shape` from `axis` on.
std::int64_t tail(const Shape& shape, std::size_t axis) {
  return axis >= shape.size() ? 1
                              : element_count(Shape(shape.begin() + static_cast<std::ptrdiff_t>(axis), shape.end()));
}

/// How many products each output of a layer sums, when `shape` is input `at` of a product.
std::int64_t fan_in_of(const Node& node, std::size_t at, const Shape& shape) {
  if (node.type == "Conv") return tail(shape, 1);
  if (node.type == "ConvTranspose") return shape.at(0) / node.attribute<std::int64_t>("group", 1);
  if (shape.size() < 2) return shape.back();
  const bool last =
      at == 0 ? node.attribute<std::int64_t>("transA", 0) == 0
              : node.attribute<std::int64_t>("transB", 0) != 0 || is_one_of(node.type, {"LSTM", "GRU", "RNN"});
  return last ? shape.back() : shape[shape.size() - 2];
}

/// What weights at input `at` of `node` are drawn from.
Distribution distribution_of(const Node& node, std::size_t at, const Shape& shape) {
  const bool product = is_one_of(node.type, {"Conv", "ConvTranspose", "Gemm", "MatMul", "LSTM", "GRU", "RNN"});
  const bool bias = at >= 2 && !(at == 2 && is_one_of(node.type, {"LSTM", "GRU", "RNN"}));
  if (product) return bias ? near_zero : he(fan_in_of(node, at, shape));
  if (node.type == "BatchNormalization") return at == 1 || at == 4 ? near_one : near_zero;
  if (node.type.ends_with("Normalization")) return at == 1 ? near_one : near_zero;
  return is_one_of(node.type, {"Mul", "Div", "Pow"}) ? near_one : near_zero;
}

}  // namespace

Network with_seeded_weights(const Network& network, std::uint64_t seed) {
  if (!network.graph)
    throw InputError(network.file_or_name(), "", "has no weights to draw", "use an ONNX or a zoo model");
  auto graph = std::make_shared<Graph>(*network.graph);
  const std::string_view seed_bytes(reinterpret_cast<const char*>(&seed), sizeof seed);
  for (const Node& node : graph->nodes)
    for (std::size_t at = 0; at < node.inputs.size(); ++at) {
      const auto found = graph->constants.find(node.inputs[at]);
      if (found == graph->constants.end() || !std::holds_alternative<SplatWeights>(found->second.content)) continue;
      Constant& constant = found->second;
      if (!is_real(constant.type) || element_count(constant.shape) <= 1) continue;
      const Distribution drawn = distribution_of(node, at, constant.shape);
      constant.content = SeededWeights{.seed = fnv1a(graph->values[node.inputs[at]].name, fnv1a(seed_bytes)),
                                       .mean = drawn.mean,
                                       .stddev = drawn.stddev};
    }
  Network result = network;
  result.graph = std::move(graph);
  return result;
}

}  // namespace cleave
