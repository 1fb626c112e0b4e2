#include "runtime/measure/sample_networks.hpp"

#include "model/zoo/graph_builder.hpp"
#include "model/zoo/transformer_layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace cleave {
namespace {

using zoo::GraphBuilder;

constexpr double kMostMacs = 4e8, kMostElements = 3.2e6;

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  double share() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  bool chance(double probability) { return share() < probability; }
  /// Evenly over the logarithms of [low, high], down to a multiple of `step`.
  std::int64_t spread(double low, double high, std::int64_t step = 1) {
    const double value = low * std::pow(std::max(high / low, 1.0), share());
    return std::max<std::int64_t>(step, static_cast<std::int64_t>(value / static_cast<double>(step)) * step);
  }
  template <std::size_t N>
  std::int64_t one_of(const std::array<std::int64_t, N>& values) {
    return values[random_() % N];
  }

 private:
  std::mt19937_64 random_;
};

/// Channels that keep the layer within its limits.
std::int64_t out_channels(Draw& draw, std::int64_t in_c, std::int64_t kernel, std::int64_t out_h) {
  const auto area = static_cast<double>(out_h * out_h);
  const double macs_per_channel = static_cast<double>(kernel * kernel * in_c) * area;
  const double most = std::max(8.0, std::min({2048.0, kMostMacs / macs_per_channel, kMostElements / area}));
  const std::int64_t step = draw.one_of<4>({8, 16, 16, 32});
  return draw.spread(8, most, static_cast<double>(step) > most ? 8 : step);
}

ValueId conv_layer(GraphBuilder& net, Draw& draw, ValueId x, const std::string& name) {
  const std::int64_t c = net.shape(x)[1], h = net.shape(x)[2];
  const bool depthwise = draw.chance(0.2);
  const std::int64_t kernel = depthwise ? 3 : draw.one_of<8>({1, 1, 1, 1, 3, 3, 3, draw.chance(0.5) ? 5 : 7});
  const std::int64_t stride = h >= 14 && draw.chance(0.15) ? 2 : 1, pad = kernel / 2;
  const std::int64_t out_h = (h + 2 * pad - kernel) / stride + 1;
  const std::int64_t out = depthwise ? c : out_channels(draw, c, kernel, out_h);
  ValueId y = net.conv(x, name,
                       {.out = out,
                        .kernel = {kernel, kernel},
                        .stride = stride,
                        .pad = {pad, pad},
                        .groups = depthwise ? c : 1,
                        .bias = true});
  if (net.shape(y) == net.shape(x) && draw.chance(0.3)) y = net.binary("Add", y, x, name + ".add");
  if (draw.chance(0.7)) y = draw.chance(0.5) ? net.relu(y, name + ".relu") : net.relu6(y, name + ".relu6");
  if (h >= 14 && draw.chance(0.08)) y = net.max_pool(y, name + ".pool", {.kernel = 3, .stride = 2, .pad = 1});
  return y;
}

Graph conv_chain(Draw draw) {
  GraphBuilder net("convolutions");
  const std::int64_t h = draw.one_of<6>({7, 14, 14, 28, 56, 112});
  const std::int64_t c = draw.spread(16, std::min(1024.0, 8e5 / static_cast<double>(h * h)), 16);
  ValueId x = net.input("x", DataType::float32, {1, c, h, h});
  for (int i = 0; i < 12; ++i) x = conv_layer(net, draw, x, fmt::format("conv{}", i));
  return std::move(net).finish({net.global_average_pool(x, "mean")});
}

Graph transformer(Draw draw) {
  GraphBuilder net("transformer");
  const std::int64_t features = draw.spread(64, 1024, 64);
  const double most = std::min(512.0, kMostMacs / static_cast<double>(4 * features * features));
  const std::int64_t tokens = draw.spread(1, most);
  ValueId x = net.input("x", DataType::float32, {1, tokens, features});
  for (int i = 0; i < 2; ++i) {
    const std::string name = fmt::format("layer{}", i);
    const ValueId attended = zoo::attention(net, x, name + ".attention", {.heads = features / 64});
    x = zoo::layer_norm(net, net.binary("Add", attended, x, name + ".add"), name + ".norm", 1e-5F);
    ValueId y = zoo::dense(net, x, name + ".wide", 4 * features);
    y = draw.chance(0.5) ? zoo::gelu_erf(net, y, name + ".gelu") : zoo::gelu_tanh(net, y, name + ".gelu");
    y = zoo::dense(net, y, name + ".narrow", features);
    x = zoo::layer_norm(net, net.binary("Add", y, x, name + ".sum"), name + ".normal", 1e-5F);
  }
  return std::move(net).finish({x});
}

Graph fully_connected(Draw draw) {
  GraphBuilder net("fully_connected");
  const std::int64_t rows = draw.one_of<6>({1, 1, 4, 16, 64, 256});
  ValueId x = net.input("x", DataType::float32, {rows, draw.spread(16, 4096)});
  for (int i = 0; i < 8; ++i) {
    const double most = kMostMacs / static_cast<double>(rows * net.shape(x)[1]);
    x = net.linear(x, fmt::format("linear{}", i), draw.spread(16, std::min(4096.0, most)));
    if (draw.chance(0.5)) x = net.relu(x, fmt::format("relu{}", i));
  }
  return std::move(net).finish({x});
}

/// Operators without products, which nothing fuses with.
Graph elementwise(Draw draw) {
  GraphBuilder net("elementwise");
  const std::int64_t h = draw.one_of<5>({7, 14, 28, 56, 112});
  const std::int64_t c = draw.spread(8, std::min(2048.0, kMostElements / 2 / static_cast<double>(h * h)), 8);
  const ValueId input = net.input("x", DataType::float32, {1, c, h, h});
  const ValueId x = net.unary("Sigmoid", input, "sigmoid");
  const ValueId y = net.max_pool(x, "max", {.kernel = 3, .stride = 1, .pad = 1});
  const ValueId both = net.concat({x, y}, "concat", 1);
  const ValueId mean = net.average_pool(both, "average", {.kernel = 2, .stride = 2});
  const ValueId rows = net.reshape(both, "rows", {2 * c, h * h});
  const ValueId turned = net.transpose(net.softmax(rows, "softmax"), "turned", {1, 0});
  return std::move(net).finish({mean, net.unary("Tanh", turned, "tanh"), net.binary("Mul", x, y, "product")});
}

}  // namespace

Graph sample_network(std::uint64_t index) {
  switch (index % 8) {
    case 1:
    case 5:
      return transformer(Draw(index));
    case 3:
      return fully_connected(Draw(index));
    case 7:
      return elementwise(Draw(index));
    default:
      return conv_chain(Draw(index));
  }
}

}  // namespace cleave
