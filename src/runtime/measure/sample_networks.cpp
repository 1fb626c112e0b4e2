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

constexpr double kMostMacs = 1e9, kMostElements = 3.2e6;

/// What parts are made from: numbers at random, and the samples of a batch.
class Draw {
 public:
  Draw(std::uint64_t seed, std::int64_t batch) : random_(seed), batch_(batch) {}

  [[nodiscard]] std::int64_t batch() const { return batch_; }

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
  std::int64_t batch_;
};

/// Channels that keep the layer within its limits, up to six times as many or few as come in.
std::int64_t out_channels(Draw& draw, std::int64_t in_c, std::int64_t window, std::int64_t out_h) {
  constexpr double most_times = 6;
  const auto area = static_cast<double>(out_h * out_h), in = static_cast<double>(in_c);
  const double macs_per_channel = static_cast<double>(window) * in * area;
  const double most =
      std::max(8.0, std::min({2048.0, most_times * in, kMostMacs / macs_per_channel, kMostElements / area}));
  const std::int64_t step = draw.one_of<6>({8, 16, 16, 32, 32, 64});
  return draw.spread(std::clamp(in / most_times, 8.0, most), most, static_cast<double>(step) > most ? 8 : step);
}

/// Height and width.
std::array<std::int64_t, 2> kernel_of(Draw& draw) {
  const std::int64_t side = draw.one_of<8>({1, 1, 1, 3, 3, 3, 3, draw.chance(0.5) ? 5 : 7});
  if (side < 3 || draw.chance(0.9)) return {side, side};
  return draw.chance(0.5) ? std::array<std::int64_t, 2>{1, side} : std::array<std::int64_t, 2>{side, 1};
}

ValueId activated(GraphBuilder& net, Draw& draw, ValueId x, const std::string& name) {
  if (draw.chance(0.2)) return x;
  return draw.chance(0.7) ? net.relu(x, name + ".relu") : net.relu6(x, name + ".relu6");
}

ValueId conv_layer(GraphBuilder& net, Draw& draw, ValueId x, const std::string& name) {
  const std::int64_t c = net.shape(x)[1], h = net.shape(x)[2];
  const bool depthwise = draw.chance(0.08);
  const std::array<std::int64_t, 2> kernel = depthwise ? std::array<std::int64_t, 2>{3, 3} : kernel_of(draw);
  const std::int64_t stride = h >= 14 && kernel[0] == kernel[1] && draw.chance(0.15) ? 2 : 1;
  const std::int64_t out_h = (h - 1) / stride + 1;
  const std::int64_t out = depthwise ? c : out_channels(draw, c, kernel[0] * kernel[1], out_h);
  ValueId y = net.conv(x, name,
                       {.out = out,
                        .kernel = kernel,
                        .stride = stride,
                        .pad = {kernel[0] / 2, kernel[1] / 2},
                        .groups = depthwise ? c : 1,
                        .bias = true});
  if (net.shape(y) == net.shape(x) && draw.chance(0.3)) y = net.binary("Add", y, x, name + ".add");
  return activated(net, draw, y, name);
}

/// What comes between convolutions, now and then.
ValueId joint(GraphBuilder& net, Draw& draw, ValueId x, const std::string& name) {
  const std::int64_t h = net.shape(x)[2];
  switch (draw.one_of<20>({0, 0, 1, 1, 2, 3, 4, 4, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9})) {
    case 0:
      return h < 14 ? x : net.max_pool(x, name + ".max", {.kernel = 3, .stride = 2, .pad = draw.one_of<2>({0, 1})});
    case 1:
      return h < 14 ? x : net.max_pool(x, name + ".max", {.kernel = 2, .stride = 2});
    case 2:
      return net.average_pool(x, name + ".average", {.kernel = 3, .stride = 1, .pad = 1});
    case 3:
      return net.max_pool(x, name + ".max", {.kernel = 3, .stride = 1, .pad = 1});
    case 4:
      return net.concat({conv_layer(net, draw, x, name + ".a"), x}, name + ".concat", 1);
    default:
      return x;
  }
}

/// A part of a network: its result. Names of its nodes begin with `part`.
using Part = ValueId (*)(GraphBuilder& net, Draw& draw, const std::string& part);

ValueId conv_chain(GraphBuilder& net, Draw& draw, const std::string& part) {
  const std::int64_t h = draw.one_of<16>({7, 7, 8, 12, 14, 14, 17, 20, 28, 28, 35, 56, 56, 73, 112, 147});
  const auto area = static_cast<double>(h * h);
  const std::int64_t c = draw.spread(16, std::min(2048.0, 8e5 / area), 16);
  ValueId x = net.input(part + "x", DataType::float32, {draw.batch(), c, h, h});
  for (int i = 0; i < 12; ++i) {
    x = conv_layer(net, draw, x, fmt::format("{}conv{}", part, i));
    if (net.shape(x)[1] <= 1024 && static_cast<double>(element_count(net.shape(x)) / draw.batch()) < kMostElements / 2)
      x = joint(net, draw, x, fmt::format("{}joint{}", part, i));
  }
  return net.global_average_pool(x, part + "mean");
}

/// The first layers of a network that sees images; from 16 pixels on the kernels are patches side by side.
ValueId first_layers(GraphBuilder& net, Draw& draw, std::int64_t kernel, const std::string& part) {
  const std::int64_t h = draw.one_of<5>({96, 160, 224, 224, 299});
  const std::int64_t stride = kernel < 16 ? draw.one_of<3>({1, 2, 2}) : kernel;
  const std::int64_t pad = kernel < 16 ? draw.one_of<3>({0, kernel / 2, kernel / 2}) : 0;
  ValueId x = net.input(part + "x", DataType::float32, {draw.batch(), 3, h, h});
  const double most = std::min(kernel < 16 ? 96.0 : 768.0,
                               kMostElements * static_cast<double>(stride * stride) / static_cast<double>(h * h));
  x = net.conv(x, part + "conv",
               {.out = draw.spread(16, most, 16),
                .kernel = {kernel, kernel},
                .stride = stride,
                .pad = {pad, pad},
                .bias = true});
  x = net.relu(x, part + "relu");
  x = draw.chance(0.5) ? net.max_pool(x, part + "pool", {.kernel = 3, .stride = 2, .pad = 1}) : x;
  x = activated(net, draw, conv_layer(net, draw, x, part + "next"), part + "next.again");
  return net.global_average_pool(x, part + "mean");
}

/// Small kernels and large ones are different code, and few networks have one.
ValueId stem(GraphBuilder& net, Draw& draw, const std::string& part) {
  const ValueId small = first_layers(net, draw, 3, part + "small.");
  const ValueId large = first_layers(net, draw, draw.one_of<4>({5, 7, 7, 16}), part + "large.");
  return net.concat({small, large}, part + "both", 1);
}

ValueId transformer(GraphBuilder& net, Draw& draw, const std::string& part) {
  const std::int64_t features = draw.spread(64, 1024, 64);
  const double most = std::min(512.0, kMostMacs / static_cast<double>(4 * features * features));
  const std::int64_t tokens = draw.spread(1, most);
  ValueId x = net.input(part + "x", DataType::float32, {draw.batch(), tokens, features});
  for (int i = 0; i < 2; ++i) {
    const std::string name = fmt::format("{}layer{}", part, i);
    const ValueId attended = zoo::attention(net, x, name + ".attention", {.heads = features / 64});
    x = zoo::layer_norm(net, net.binary("Add", attended, x, name + ".add"), name + ".norm", 1e-5F);
    ValueId y = zoo::dense(net, x, name + ".wide", 4 * features);
    y = draw.chance(0.5) ? zoo::gelu_erf(net, y, name + ".gelu") : zoo::gelu_tanh(net, y, name + ".gelu");
    y = zoo::dense(net, y, name + ".narrow", features);
    x = zoo::layer_norm(net, net.binary("Add", y, x, name + ".sum"), name + ".normal", 1e-5F);
  }
  return x;
}

ValueId fully_connected(GraphBuilder& net, Draw& draw, const std::string& part) {
  const std::int64_t rows = draw.one_of<6>({1, 1, 4, 16, 64, 256});
  ValueId x = net.input(part + "x", DataType::float32, {draw.batch() * rows, draw.spread(16, 4096)});
  for (int i = 0; i < 8; ++i) {
    const double most = kMostMacs / static_cast<double>(rows * net.shape(x)[1]);
    x = net.linear(x, fmt::format("{}linear{}", part, i), draw.spread(16, std::min(4096.0, most)));
    if (draw.chance(0.5)) x = net.relu(x, fmt::format("{}relu{}", part, i));
  }
  return x;
}

/// Operators without products, which nothing fuses with.
ValueId elementwise(GraphBuilder& net, Draw& draw, const std::string& part) {
  const std::int64_t h = draw.one_of<5>({7, 14, 28, 56, 112});
  const std::int64_t c = draw.spread(8, std::min(2048.0, kMostElements / 3 / static_cast<double>(h * h)), 8);
  const ValueId input = net.input(part + "x", DataType::float32, {draw.batch(), c, h, h});
  const ValueId x = net.unary("Sigmoid", input, part + "sigmoid");
  const ValueId y = net.max_pool(x, part + "max", {.kernel = 3, .stride = 1, .pad = 1});
  const ValueId both = net.concat({x, y, net.binary("Mul", x, y, part + "product")}, part + "concat", 1);
  const ValueId mean = net.average_pool(both, part + "average", {.kernel = 2, .stride = 2});
  const ValueId rows = net.reshape(mean, part + "rows", {draw.batch() * 3 * c, (h / 2) * (h / 2)});
  const ValueId turned = net.transpose(net.softmax(rows, part + "softmax"), part + "turned", {1, 0});
  return net.unary("Tanh", turned, part + "tanh");
}

/// Blocks of a small network: 1x1 to more channels, depthwise, 1x1 back to few.
ValueId inverted_residuals(GraphBuilder& net, Draw& draw, const std::string& part) {
  const std::int64_t h = draw.one_of<8>({7, 14, 14, 28, 28, 56, 56, 112});
  std::int64_t c = draw.spread(16, std::clamp(6e3 / static_cast<double>(h), 32.0, 192.0), 8);
  ValueId x = net.input(part + "x", DataType::float32, {draw.batch(), c, h, h});
  for (int i = 0; i < 3; ++i) {
    const std::string name = fmt::format("{}block{}", part, i);
    const std::int64_t wide = c * draw.one_of<4>({3, 4, 6, 6}), side = draw.one_of<4>({3, 3, 3, 5});
    const std::int64_t stride = net.shape(x)[2] >= 14 && draw.chance(0.3) ? 2 : 1;
    if (stride == 2 || draw.chance(0.2)) c = std::min<std::int64_t>(c * draw.one_of<3>({1, 1, 2}), 256);
    ValueId y = net.relu6(net.conv(x, name + ".wide", {.out = wide, .bias = true}), name + ".wide.relu6");
    y = net.conv(y, name + ".depthwise",
                 {.out = wide,
                  .kernel = {side, side},
                  .stride = stride,
                  .pad = {side / 2, side / 2},
                  .groups = wide,
                  .bias = true});
    y = net.conv(net.relu6(y, name + ".relu6"), name + ".narrow", {.out = c, .bias = true});
    x = net.shape(y) == net.shape(x) ? net.binary("Add", y, x, name + ".add") : y;
  }
  return net.global_average_pool(x, part + "mean");
}

/// Modules of a small network: 1x1 to few channels, 1x1 and 3x3 beside each other, joined.
ValueId fire_modules(GraphBuilder& net, Draw& draw, const std::string& part) {
  const std::int64_t h = draw.one_of<4>({14, 28, 28, 56});
  ValueId x = net.input(part + "x", DataType::float32, {draw.batch(), draw.spread(64, 256, 16), h, h});
  for (int i = 0; i < 3; ++i) {
    const std::string name = fmt::format("{}fire{}", part, i);
    const std::int64_t few = draw.spread(16, 64, 16);
    const ValueId y = net.relu(net.conv(x, name + ".squeeze", {.out = few, .bias = true}), name + ".squeeze.relu");
    const ValueId one = net.conv(y, name + ".one", {.out = 4 * few, .bias = true});
    const ValueId three = net.conv(y, name + ".three", {.out = 4 * few, .kernel = {3, 3}, .pad = {1, 1}, .bias = true});
    x = net.concat({net.relu(one, name + ".one.relu"), net.relu(three, name + ".three.relu")}, name + ".concat", 1);
    if (net.shape(x)[2] >= 14 && draw.chance(0.4)) x = net.max_pool(x, name + ".max", {.kernel = 3, .stride = 2});
  }
  return net.global_average_pool(x, part + "mean");
}

constexpr std::array<Part, 8> kLarge = {conv_chain, transformer, conv_chain, fully_connected,
                                        conv_chain, transformer, conv_chain, elementwise};
constexpr std::array<Part, 8> kLargeWithStem = {conv_chain, transformer, conv_chain, fully_connected,
                                                conv_chain, transformer, conv_chain, stem};
constexpr std::array<Part, 8> kSmall = {inverted_residuals, inverted_residuals, fire_modules,       inverted_residuals,
                                        inverted_residuals, fire_modules,       inverted_residuals, elementwise};

bool is_small(std::uint64_t index) { return index % 4 == 3; }

const std::array<Part, 8>& parts_of(std::uint64_t index) {
  return is_small(index) ? kSmall : index % 2 == 0 ? kLarge : kLargeWithStem;
}

/// Those of the parts from `begin` on and before `end`, beside each other.
Graph network_of(const std::array<Part, 8>& parts, std::size_t begin, std::size_t end, Draw& draw) {
  GraphBuilder net("sample");
  std::vector<ValueId> results;
  for (std::size_t i = begin; i < end; ++i) results.push_back(parts[i](net, draw, fmt::format("part{}.", i)));
  return std::move(net).finish(results);
}

}  // namespace

Graph sample_network(std::uint64_t index, std::int64_t batch) {
  Draw draw(index, batch);
  return network_of(parts_of(index), 0, 8, draw);
}

std::vector<Graph> sample_quarters(std::uint64_t index, std::int64_t batch) {
  std::vector<Graph> graphs;
  if (is_small(index)) return graphs;
  Draw draw(index, batch);
  for (std::size_t i = 0; i < 8; i += 2) graphs.push_back(network_of(parts_of(index), i, i + 2, draw));
  return graphs;
}

}  // namespace cleave
