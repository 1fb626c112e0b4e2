#include "model/zoo/graph_builder.hpp"
#include "model/zoo/topologies.hpp"

#include <fmt/format.h>

#include <vector>

namespace cleave::zoo {
namespace {

/// Groups of `count` 3x3 convolutions of `width` channels, each group closed by a 2x2 pool.
struct Group {
  int count = 0;
  std::int64_t width = 0;
};

ValueId features(GraphBuilder& net, ValueId x, const std::vector<Group>& groups, bool bias) {
  int layer = 0;
  double gain = 1;
  for (const Group& group : groups) {
    for (int i = 0; i < group.count; ++i, ++layer, gain = 2) {
      const auto name = fmt::format("features.conv{}", layer);
      x = net.conv(x, name, {.out = group.width, .kernel = {3, 3}, .pad = {1, 1}, .bias = bias, .gain = gain});
      x = net.relu(x, fmt::format("features.relu{}", layer));
    }
    x = net.max_pool(x, fmt::format("features.pool{}", layer - 1), {.kernel = 2, .stride = 2});
  }
  return net.flatten(x, "flatten");
}

}  // namespace

Graph vgg8(std::int64_t batch) {
  GraphBuilder net("vgg8");
  ValueId x = net.input("input", DataType::float32, {batch, 3, 32, 32});
  x = features(net, x, {{2, 128}, {2, 256}, {2, 512}}, false);
  x = net.relu(net.linear(x, "classifier.0", 1024, {.bias = false, .gain = 2}), "classifier.relu0");
  return std::move(net).finish({net.linear(x, "classifier.1", 10, {.bias = false})});
}

Graph vgg16(std::int64_t batch) {
  GraphBuilder net("vgg16");
  ValueId x = net.input("input", DataType::float32, {batch, 3, 224, 224});
  x = features(net, x, {{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}, true);
  x = net.relu(net.linear(x, "classifier.0", 4096, {.gain = 2}), "classifier.relu0");
  x = net.relu(net.linear(x, "classifier.1", 4096, {.gain = 2}), "classifier.relu1");
  return std::move(net).finish({net.linear(x, "classifier.2", 1000)});
}

}  // namespace cleave::zoo
