#include "model/zoo/graph_builder.hpp"
#include "model/zoo/topologies.hpp"

#include <array>
#include <string>
#include <vector>

namespace cleave::zoo {
namespace {

using Kernel = std::array<std::int64_t, 2>;
constexpr Kernel k1x1 = {1, 1}, k3x3 = {3, 3}, k5x5 = {5, 5}, k1x7 = {1, 7}, k7x1 = {7, 1}, k1x3 = {1, 3},
                 k3x1 = {3, 1};
constexpr PoolOptions kHalve = {.kernel = 3, .stride = 2};

/// Convolution, batch norm, ReLU. Stride 1 keeps the size, stride 2 takes no padding.
struct Cell {
  std::int64_t out = 0;
  Kernel kernel = k1x1;
  std::int64_t stride = 1;
};

ValueId cell(GraphBuilder& net, ValueId x, const std::string& name, const ConvOptions& options) {
  x = net.batch_norm(net.conv(x, name + ".conv", options), name + ".bn", 1, 1e-3F);
  return net.relu(x, name + ".relu");
}

ValueId cell(GraphBuilder& net, ValueId x, const std::string& name, const Cell& c) {
  const Kernel same = {c.kernel[0] / 2, c.kernel[1] / 2};
  return cell(net, x, name,
              {.out = c.out, .kernel = c.kernel, .stride = c.stride, .pad = c.stride == 1 ? same : Kernel{0, 0}});
}

/// Cells one after the other: name_1, name_2, ...
ValueId tower(GraphBuilder& net, ValueId x, const std::string& name, const std::vector<Cell>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) x = cell(net, x, name + "_" + std::to_string(i + 1), cells[i]);
  return x;
}

ValueId pool_tower(GraphBuilder& net, ValueId x, const std::string& name, std::int64_t out) {
  x = net.average_pool(x, name + ".avgpool", {.kernel = 3, .stride = 1, .pad = 1});
  return cell(net, x, name, Cell{.out = out});
}

// The five modules have the names that torchvision gives them.

ValueId inception_a(GraphBuilder& net, ValueId x, const std::string& name, std::int64_t pool_features) {
  return net.concat(
      {tower(net, x, name + ".branch1x1", {{.out = 64}}),
       tower(net, x, name + ".branch5x5", {{.out = 48}, {.out = 64, .kernel = k5x5}}),
       tower(net, x, name + ".branch3x3dbl", {{.out = 64}, {.out = 96, .kernel = k3x3}, {.out = 96, .kernel = k3x3}}),
       pool_tower(net, x, name + ".branch_pool", pool_features)},
      name + ".concat", 1);
}

ValueId inception_b(GraphBuilder& net, ValueId x, const std::string& name) {
  return net.concat({tower(net, x, name + ".branch3x3", {{.out = 384, .kernel = k3x3, .stride = 2}}),
                     tower(net, x, name + ".branch3x3dbl",
                           {{.out = 64}, {.out = 96, .kernel = k3x3}, {.out = 96, .kernel = k3x3, .stride = 2}}),
                     net.max_pool(x, name + ".maxpool", kHalve)},
                    name + ".concat", 1);
}

ValueId inception_c(GraphBuilder& net, ValueId x, const std::string& name, std::int64_t width) {
  return net.concat({tower(net, x, name + ".branch1x1", {{.out = 192}}),
                     tower(net, x, name + ".branch7x7",
                           {{.out = width}, {.out = width, .kernel = k1x7}, {.out = 192, .kernel = k7x1}}),
                     tower(net, x, name + ".branch7x7dbl",
                           {{.out = width},
                            {.out = width, .kernel = k7x1},
                            {.out = width, .kernel = k1x7},
                            {.out = width, .kernel = k7x1},
                            {.out = 192, .kernel = k1x7}}),
                     pool_tower(net, x, name + ".branch_pool", 192)},
                    name + ".concat", 1);
}

ValueId inception_d(GraphBuilder& net, ValueId x, const std::string& name) {
  return net.concat({tower(net, x, name + ".branch3x3", {{.out = 192}, {.out = 320, .kernel = k3x3, .stride = 2}}),
                     tower(net, x, name + ".branch7x7x3",
                           {{.out = 192},
                            {.out = 192, .kernel = k1x7},
                            {.out = 192, .kernel = k7x1},
                            {.out = 192, .kernel = k3x3, .stride = 2}}),
                     net.max_pool(x, name + ".maxpool", kHalve)},
                    name + ".concat", 1);
}

/// 1x3 and 3x1 side by side.
ValueId fork(GraphBuilder& net, ValueId x, const std::string& name) {
  return net.concat({cell(net, x, name + "a", Cell{.out = 384, .kernel = k1x3}),
                     cell(net, x, name + "b", Cell{.out = 384, .kernel = k3x1})},
                    name + ".concat", 1);
}

ValueId inception_e(GraphBuilder& net, ValueId x, const std::string& name) {
  const ValueId wide = tower(net, x, name + ".branch3x3", {{.out = 384}});
  const ValueId deep = tower(net, x, name + ".branch3x3dbl", {{.out = 448}, {.out = 384, .kernel = k3x3}});
  return net.concat({tower(net, x, name + ".branch1x1", {{.out = 320}}), fork(net, wide, name + ".branch3x3_2"),
                     fork(net, deep, name + ".branch3x3dbl_3"), pool_tower(net, x, name + ".branch_pool", 192)},
                    name + ".concat", 1);
}

ValueId stem(GraphBuilder& net, ValueId x) {
  x = cell(net, x, "Conv2d_1a_3x3", ConvOptions{.out = 32, .kernel = k3x3, .stride = 2, .gain = 1});
  x = cell(net, x, "Conv2d_2a_3x3", ConvOptions{.out = 32, .kernel = k3x3});
  x = cell(net, x, "Conv2d_2b_3x3", ConvOptions{.out = 64, .kernel = k3x3, .pad = {1, 1}});
  x = net.max_pool(x, "maxpool1", kHalve);
  x = cell(net, x, "Conv2d_3b_1x1", ConvOptions{.out = 80});
  x = cell(net, x, "Conv2d_4a_3x3", ConvOptions{.out = 192, .kernel = k3x3});
  return net.max_pool(x, "maxpool2", kHalve);
}

}  // namespace

Graph inceptionv3(std::int64_t batch) {
  GraphBuilder net("inceptionv3");
  ValueId x = stem(net, net.input("input", DataType::float32, {batch, 3, 299, 299}));
  x = inception_a(net, x, "Mixed_5b", 32);
  x = inception_a(net, x, "Mixed_5c", 64);
  x = inception_a(net, x, "Mixed_5d", 64);
  x = inception_b(net, x, "Mixed_6a");
  x = inception_c(net, x, "Mixed_6b", 128);
  x = inception_c(net, x, "Mixed_6c", 160);
  x = inception_c(net, x, "Mixed_6d", 160);
  x = inception_c(net, x, "Mixed_6e", 192);
  x = inception_d(net, x, "Mixed_7a");
  x = inception_e(net, x, "Mixed_7b");
  x = inception_e(net, x, "Mixed_7c");
  x = net.flatten(net.global_average_pool(x, "avgpool"), "flatten");
  return std::move(net).finish({net.linear(x, "fc", 1000)});
}

}  // namespace cleave::zoo
