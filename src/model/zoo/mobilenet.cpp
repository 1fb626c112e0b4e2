#include "model/zoo/graph_builder.hpp"
#include "model/zoo/topologies.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>

namespace cleave::zoo {
namespace {

/// A row of the paper's table 2: `count` blocks, the first of which has the stride.
struct Row {
  std::int64_t expansion = 1, width = 0;
  int count = 0;
  std::int64_t stride = 1;
};
constexpr std::array kRows = {Row{1, 16, 1, 1}, Row{6, 24, 2, 2},  Row{6, 32, 3, 2}, Row{6, 64, 4, 2},
                              Row{6, 96, 3, 1}, Row{6, 160, 3, 2}, Row{6, 320, 1, 1}};
/// Ten blocks add to their input; at this scale their sums keep the variance below e times the first.
const double kBranchScale = 1 / std::sqrt(10.0);

ValueId conv_bn_relu6(GraphBuilder& net, ValueId x, const std::string& name, const ConvOptions& options) {
  x = net.batch_norm(net.conv(x, name + ".conv", options), name + ".bn");
  return net.relu6(x, name + ".relu6");
}

ValueId inverted_residual(GraphBuilder& net, ValueId x, const std::string& name, const Row& row, std::int64_t stride) {
  const std::int64_t in = net.shape(x)[1];
  const std::int64_t hidden = in * row.expansion;
  const bool residual = stride == 1 && in == row.width;
  ValueId y = x;
  if (row.expansion != 1) y = conv_bn_relu6(net, y, name + ".expand", {.out = hidden, .gain = 1});
  y = conv_bn_relu6(net, y, name + ".depthwise",
                    {.out = hidden, .kernel = {3, 3}, .stride = stride, .pad = {1, 1}, .groups = hidden});
  y = net.conv(y, name + ".project.conv", {.out = row.width});
  y = net.batch_norm(y, name + ".project.bn", residual ? kBranchScale : 1);
  return residual ? net.binary("Add", x, y, name + ".add") : y;
}

}  // namespace

Graph mobilenetv2(std::int64_t batch) {
  GraphBuilder net("mobilenetv2");
  ValueId x = net.input("input", DataType::float32, {batch, 3, 224, 224});
  x = conv_bn_relu6(net, x, "features.0", {.out = 32, .kernel = {3, 3}, .stride = 2, .pad = {1, 1}, .gain = 1});
  int layer = 1;
  for (const Row& row : kRows)
    for (int i = 0; i < row.count; ++i, ++layer)
      x = inverted_residual(net, x, fmt::format("features.{}", layer), row, i == 0 ? row.stride : 1);
  x = conv_bn_relu6(net, x, fmt::format("features.{}", layer), {.out = 1280, .gain = 1});
  x = net.flatten(net.global_average_pool(x, "avgpool"), "flatten");
  return std::move(net).finish({net.linear(x, "classifier", 1000)});
}

}  // namespace cleave::zoo
