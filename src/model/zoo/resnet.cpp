#include "model/zoo/graph_builder.hpp"
#include "model/zoo/topologies.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numeric>
#include <string>

namespace cleave::zoo {
namespace {

struct Depth {
  std::array<int, 4> blocks = {};
  bool bottleneck = false;  ///< 1x1, 3x3, 1x1 instead of two 3x3

  [[nodiscard]] std::int64_t expansion() const { return bottleneck ? 4 : 1; }
  /// With branches of this scale L residual sums multiply the variance by (1 + 1/L)^L < e, not 2^L.
  [[nodiscard]] double branch_scale() const {
    return 1 / std::sqrt(std::accumulate(blocks.begin(), blocks.end(), 0.0));
  }
};

ValueId conv3x3(GraphBuilder& net, ValueId x, const std::string& name, std::int64_t out, std::int64_t stride) {
  return net.conv(x, name, {.out = out, .kernel = {3, 3}, .stride = stride, .pad = {1, 1}});
}

ValueId basic_branch(GraphBuilder& net, ValueId x, const std::string& name, std::int64_t width, std::int64_t stride) {
  x = net.batch_norm(conv3x3(net, x, name + ".conv1", width, stride), name + ".bn1");
  return conv3x3(net, net.relu(x, name + ".relu1"), name + ".conv2", width, 1);
}

ValueId bottleneck_branch(GraphBuilder& net, ValueId x, const std::string& name, std::int64_t width,
                          std::int64_t stride) {
  x = net.batch_norm(net.conv(x, name + ".conv1", {.out = width}), name + ".bn1");
  x = conv3x3(net, net.relu(x, name + ".relu1"), name + ".conv2", width, stride);
  x = net.relu(net.batch_norm(x, name + ".bn2"), name + ".relu2");
  return net.conv(x, name + ".conv3", {.out = 4 * width});
}

ValueId block(GraphBuilder& net, ValueId x, const std::string& name, const Depth& depth, std::int64_t width,
              std::int64_t stride) {
  ValueId branch =
      depth.bottleneck ? bottleneck_branch(net, x, name, width, stride) : basic_branch(net, x, name, width, stride);
  branch = net.batch_norm(branch, name + (depth.bottleneck ? ".bn3" : ".bn2"), depth.branch_scale());
  const std::int64_t out = width * depth.expansion();
  if (stride != 1 || net.shape(x)[1] != out) {
    x = net.conv(x, name + ".downsample.0", {.out = out, .stride = stride});
    x = net.batch_norm(x, name + ".downsample.1");
  }
  return net.relu(net.binary("Add", branch, x, name + ".add"), name + ".relu");
}

Graph resnet(const std::string& title, std::int64_t batch, const Depth& depth) {
  GraphBuilder net(title);
  ValueId x = net.input("input", DataType::float32, {batch, 3, 224, 224});
  x = net.conv(x, "conv1", {.out = 64, .kernel = {7, 7}, .stride = 2, .pad = {3, 3}, .gain = 1});
  x = net.relu(net.batch_norm(x, "bn1"), "relu");
  x = net.max_pool(x, "maxpool", {.kernel = 3, .stride = 2, .pad = 1});
  for (std::size_t layer = 0; layer < depth.blocks.size(); ++layer)
    for (int i = 0; i < depth.blocks[layer]; ++i)
      x = block(net, x, fmt::format("layer{}.{}", layer + 1, i), depth, std::int64_t{64} << layer,
                i == 0 && layer > 0 ? 2 : 1);
  x = net.flatten(net.global_average_pool(x, "avgpool"), "flatten");
  return std::move(net).finish({net.linear(x, "fc", 1000)});
}

}  // namespace

Graph resnet18(std::int64_t batch) { return resnet("resnet18", batch, {.blocks = {2, 2, 2, 2}, .bottleneck = false}); }
Graph resnet50(std::int64_t batch) { return resnet("resnet50", batch, {.blocks = {3, 4, 6, 3}, .bottleneck = true}); }
Graph resnet152(std::int64_t batch) {
  return resnet("resnet152", batch, {.blocks = {3, 8, 36, 3}, .bottleneck = true});
}

}  // namespace cleave::zoo
