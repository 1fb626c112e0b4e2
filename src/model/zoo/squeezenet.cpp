#include "model/zoo/graph_builder.hpp"
#include "model/zoo/topologies.hpp"

#include <string>

namespace cleave::zoo {
namespace {

constexpr PoolOptions kPool = {.kernel = 3, .stride = 2, .ceil = true};

ValueId conv_relu(GraphBuilder& net, ValueId x, const std::string& name, const ConvOptions& options) {
  return net.relu(net.conv(x, name, options), name + ".relu");
}

/// A 1x1 squeeze, then 1x1 and 3x3 expansions side by side, each of `expand` channels.
ValueId fire(GraphBuilder& net, ValueId x, const std::string& name, std::int64_t squeeze, std::int64_t expand) {
  x = conv_relu(net, x, name + ".squeeze", {.out = squeeze, .bias = true});
  const ValueId small = conv_relu(net, x, name + ".expand1x1", {.out = expand, .bias = true});
  const ValueId large =
      conv_relu(net, x, name + ".expand3x3", {.out = expand, .kernel = {3, 3}, .pad = {1, 1}, .bias = true});
  return net.concat({small, large}, name + ".concat", 1);
}

}  // namespace

Graph squeezenet(std::int64_t batch) {
  GraphBuilder net("squeezenet");
  ValueId x = net.input("input", DataType::float32, {batch, 3, 224, 224});
  x = conv_relu(net, x, "conv1", {.out = 96, .kernel = {7, 7}, .stride = 2, .bias = true, .gain = 1});
  x = net.max_pool(x, "pool1", kPool);
  x = fire(net, x, "fire2", 16, 64);
  x = fire(net, x, "fire3", 16, 64);
  x = fire(net, x, "fire4", 32, 128);
  x = net.max_pool(x, "pool4", kPool);
  x = fire(net, x, "fire5", 32, 128);
  x = fire(net, x, "fire6", 48, 192);
  x = fire(net, x, "fire7", 48, 192);
  x = fire(net, x, "fire8", 64, 256);
  x = net.max_pool(x, "pool8", kPool);
  x = fire(net, x, "fire9", 64, 256);
  x = conv_relu(net, x, "conv10", {.out = 1000, .bias = true});
  x = net.global_average_pool(x, "avgpool");
  return std::move(net).finish({net.flatten(x, "flatten")});
}

}  // namespace cleave::zoo
