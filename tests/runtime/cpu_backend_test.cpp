#include "runtime/graph_maker.hpp"
#include "runtime/stage_runs.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace cleave {
namespace {

using testing::HasSubstr;
using Ints = std::vector<std::int64_t>;

void expect_near(const Tensor& actual, const Tensor& expected, float tolerance) {
  ASSERT_EQ(actual.shape, expected.shape);
  ASSERT_EQ(actual.type, expected.type);
  if (actual.type != DataType::float32) {
    EXPECT_EQ(actual, expected);
    return;
  }
  const auto a = actual.as<float>(), b = expected.as<float>();
  for (std::size_t i = 0; i < a.size(); ++i)
    ASSERT_NEAR(a[i], b[i], tolerance * std::max(1.0F, std::fabs(b[i]))) << "element " << i;
}

/// Against the double-precision reference: all nodes fused as far as possible, and each for itself.
void expect_right(const GraphMaker& maker, float tolerance = 2e-5F) {
  const auto expected = run_whole(maker.one_operator(), make_reference_backend);
  for (const Network& network : {maker.one_operator(), maker.separate(), maker.merged()}) {
    const auto actual = run_whole(network, make_cpu_backend);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) expect_near(actual[i], expected[i], tolerance);
  }
}

ValueId batch_norm(GraphMaker& net, ValueId x, const Shape& shape) {
  const Shape channels{shape[1]};
  return net.node("BatchNormalization",
                  {x, net.weights(channels, 0.5F, 1.5F), net.weights(channels), net.weights(channels),
                   net.weights(channels, 0.5F, 2)},
                  shape);
}

TEST(CpuBackend, ConvolutionAgainstSevenLoops) {
  GraphMaker net;
  const ValueId x = net.input({2, 4, 7, 6});
  Tensor weights(DataType::float32, {6, 2, 3, 2});
  for (std::size_t i = 0; i < weights.as<float>().size(); ++i) weights.as<float>()[i] = static_cast<float>(i % 7) - 3;
  const ValueId y = net.node(
      "Conv", {x, net.constant(weights)}, {2, 6, 3, 6},
      {{"group", std::int64_t{2}}, {"strides", Ints{2, 1}}, {"dilations", Ints{1, 2}}, {"pads", Ints{1, 0, 0, 2}}});
  net.output(y);
  const Network network = net.one_operator();
  const Tensor actual = run_whole(network, make_cpu_backend)[0];
  const Tensor input = known_inputs(*network.graph, 3).at(x);
  const auto in = [&](std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) {
    if (h < 0 || h >= 7 || w < 0 || w >= 6) return 0.0F;
    return input.as<float>()[static_cast<std::size_t>(((n * 4 + c) * 7 + h) * 6 + w)];
  };
  std::size_t at = 0;
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t o = 0; o < 6; ++o)
      for (std::int64_t h = 0; h < 3; ++h)
        for (std::int64_t w = 0; w < 6; ++w, ++at) {
          float sum = 0;
          for (std::int64_t c = 0; c < 2; ++c)
            for (std::int64_t i = 0; i < 3; ++i)
              for (std::int64_t j = 0; j < 2; ++j)
                sum += in(n, o / 3 * 2 + c, 2 * h + i - 1, w + 2 * j) *
                       weights.as<float>()[static_cast<std::size_t>(((o * 2 + c) * 3 + i) * 2 + j)];
          ASSERT_NEAR(actual.as<float>()[at], sum, 1e-4) << n << ' ' << o << ' ' << h << ' ' << w;
        }
}

TEST(CpuBackend, ConvolutionWithEverythingBehindIt) {
  GraphMaker net;
  const Shape shape{1, 8, 9, 9};
  const ValueId x = net.input(shape);
  ValueId y = net.node("Conv", {x, net.weights({8, 8, 3, 3}), net.weights({8})}, shape, {{"pads", Ints{1, 1, 1, 1}}});
  y = batch_norm(net, y, shape);
  y = net.node("Mul", {y, net.weights({8, 1, 1})}, shape);
  y = net.node("Sub", {y, net.weights({1, 8, 1, 1})}, shape);
  y = net.node("Div", {y, net.number(1.5F)}, shape);
  y = net.node("Add", {x, y}, shape);
  net.output(net.node("Relu", {y}, shape));
  expect_right(net);
}

/// Reshapes and transposes in a row, of a value that lies as an image and of one that does not.
void expect_moved_right(const Shape& image, const std::vector<std::pair<Shape, Ints>>& moves) {
  for (const bool lies_as_image : {true, false}) {
    GraphMaker net;
    const ValueId x = net.input(image);
    const Shape weights{image[1], image[1], 1, 1};
    ValueId y = lies_as_image ? net.node("Conv", {x, net.weights(weights)}, image) : net.node("Relu", {x}, image);
    Shape shape = image;
    for (const auto& [next, order] : moves) {
      if (order.empty()) {
        y = net.node("Reshape", {y, net.integers(next)}, next);
        shape = next;
        continue;
      }
      Shape moved;
      for (const std::int64_t axis : order) moved.push_back(shape[static_cast<std::size_t>(axis)]);
      y = net.node("Transpose", {y}, moved, {{"perm", order}});
      shape = moved;
    }
    if (shape.size() == 4)
      y = net.node("Conv", {y, net.weights({3, shape[1], 1, 1})}, {shape[0], 3, shape[2], shape[3]});
    net.output(y);
    expect_right(net);
  }
}

TEST(CpuBackend, RowsOfMoves) {
  // A shuffle of channels, and one in which a group is longer than a row.
  expect_moved_right({2, 12, 5, 7}, {{{2, 3, 4, 5, 7}, {}}, {{}, {0, 2, 1, 3, 4}}, {{2, 12, 5, 7}, {}}});
  expect_moved_right({1, 40, 4, 4}, {{{1, 2, 20, 4, 4}, {}}, {{}, {0, 2, 1, 3, 4}}, {{1, 40, 4, 4}, {}}});
  // Depth to space, windows of tokens, images to tokens and back.
  expect_moved_right({1, 16, 3, 5}, {{{1, 4, 2, 2, 3, 5}, {}}, {{}, {0, 1, 4, 2, 5, 3}}, {{1, 4, 6, 10}, {}}});
  expect_moved_right({1, 8, 6, 4}, {{{1, 8, 3, 2, 2, 2}, {}}, {{}, {0, 2, 4, 3, 5, 1}}, {{6, 4, 8}, {}}});
  expect_moved_right({2, 8, 3, 5}, {{{2, 8, 15}, {}}, {{}, {0, 2, 1}}});
  expect_moved_right({2, 8, 3, 5}, {{{}, {0, 2, 3, 1}}, {{2, 15, 8}, {}}, {{}, {0, 2, 1}}, {{2, 8, 3, 5}, {}}});
  // A reshape that cuts across what was moved apart cannot be one copy.
  expect_moved_right({1, 4, 3, 2}, {{{}, {0, 1, 3, 2}}, {{1, 8, 3, 1}, {}}, {{}, {0, 2, 1, 3}}, {{1, 2, 12, 1}, {}}});
}

TEST(CpuBackend, ConvolutionsOfOneAndThreeDimensions) {
  GraphMaker net;
  net.output(
      net.node("Relu", {net.node("Conv", {net.input({1, 3, 10}), net.weights({5, 3, 3})}, {1, 5, 8})}, {1, 5, 8}));
  net.output(net.node("Conv", {net.input({1, 2, 5, 6, 7}), net.weights({4, 2, 2, 2, 2})}, {1, 4, 4, 5, 6}));
  expect_right(net);
}

TEST(CpuBackend, WideConvolutions) {
  for (const std::int64_t channels : {32, 64, 128}) {
    for (const std::int64_t extent : {7, 14, 30}) {
      GraphMaker net;
      const Shape shape{1, channels, extent, extent};
      const ValueId x = net.input(shape);
      ValueId y = net.node("Conv", {x, net.weights({channels, channels, 3, 3}, -0.05F, 0.05F), net.weights({channels})},
                           shape, {{"pads", Ints{1, 1, 1, 1}}});
      y = net.node("Add", {y, x}, shape);
      net.output(net.node("Relu", {y}, shape));
      expect_right(net, 1e-4F);
    }
  }
}

TEST(CpuBackend, ParametersComputedAtRunTime) {
  GraphMaker net;
  const ValueId x = net.input({1, 4, 6, 6});
  const ValueId y = net.node("Conv", {x, net.input({8, 4, 3, 3}), net.input({8})}, {1, 8, 4, 4});
  net.output(net.node("BatchNormalization",
                      {y, net.input({8}), net.input({8}), net.input({8}), net.node("Abs", {net.input({8})}, {8})},
                      {1, 8, 4, 4}));
  net.output(net.node("Gemm", {net.input({5, 3}), net.input({7, 5}), net.input({1, 7})}, {3, 7},
                      {{"transA", std::int64_t{1}}, {"transB", std::int64_t{1}}, {"alpha", 0.5F}, {"beta", 2.0F}}));
  expect_right(net);
}

TEST(CpuBackend, GemmWithEverythingBehindIt) {
  GraphMaker net;
  const ValueId x = net.input({3, 16});
  ValueId y = net.node("Gemm", {x, net.weights({24, 16}), net.weights({24})}, {3, 24},
                       {{"transB", std::int64_t{1}}, {"alpha", 0.7F}, {"beta", 1.3F}});
  y = batch_norm(net, y, {3, 24});
  y = net.node("Clip", {y, net.number(-0.5F), net.number(0.75F)}, {3, 24});
  net.output(y);
  net.output(net.node("Tanh", {net.node("Gemm", {x, net.weights({16, 4}), net.weights({3, 4})}, {3, 4})}, {3, 4}));
  expect_right(net);
}

TEST(CpuBackend, MatrixProductsOfStacks) {
  GraphMaker net;
  const ValueId x = net.input({2, 3, 5, 8});
  net.output(net.node("MatMul", {x, net.input({2, 3, 8, 4})}, {2, 3, 5, 4}));
  net.output(net.node("MatMul", {x, net.input({3, 8, 4})}, {2, 3, 5, 4}));
  net.output(net.node("MatMul", {x, net.input({2, 1, 8, 4})}, {2, 3, 5, 4}));
  net.output(net.node("MatMul", {x, net.weights({1, 1, 8, 4})}, {2, 3, 5, 4}));
  net.output(net.node("MatMul", {x, net.weights({8})}, {2, 3, 5}));
  net.output(net.node("MatMul", {net.input({5}), net.input({2, 5, 8})}, {2, 8}));
  ValueId y = net.node("MatMul", {x, net.weights({8, 8})}, {2, 3, 5, 8});
  y = net.node("Add", {y, net.weights({8})}, {2, 3, 5, 8});
  net.output(net.node("Add", {y, x}, {2, 3, 5, 8}));
  expect_right(net);
}

TEST(CpuBackend, Pools) {
  GraphMaker net;
  const ValueId x = net.input({1, 5, 11, 8});
  const ValueId y = net.node("Relu", {net.node("Conv", {x, net.weights({5, 5, 1, 1})}, {1, 5, 11, 8})}, {1, 5, 11, 8});
  const auto pool = [&](const char* type, Shape shape, std::map<std::string, Attribute> attributes) {
    net.output(net.node(type, {y}, std::move(shape), std::move(attributes)));
  };
  pool("MaxPool", {1, 5, 6, 4}, {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
  pool("MaxPool", {1, 5, 5, 4},
       {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", std::int64_t{1}}});
  pool("MaxPool", {1, 5, 6, 4},
       {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"auto_pad", std::string("SAME_LOWER")}});
  pool("AveragePool", {1, 5, 11, 8}, {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}});
  pool("AveragePool", {1, 5, 11, 8},
       {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}, {"count_include_pad", std::int64_t{1}}});
  pool("AveragePool", {1, 5, 5, 4},
       {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", std::int64_t{1}}});
  const std::int64_t ceil = 1;  // no window begins behind the input
  pool("MaxPool", {1, 5, 6, 5},
       {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}, {"ceil_mode", ceil}});
  pool("MaxPool", {1, 5, 6, 4},
       {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}, {"pads", Ints{0, 0, 2, 2}}, {"ceil_mode", ceil}});
  pool("AveragePool", {1, 5, 3, 3}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{4, 3}}, {"ceil_mode", ceil}});
  pool("AveragePool", {1, 5, 6, 4},
       {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}, {"pads", Ints{0, 0, 2, 2}}, {"ceil_mode", ceil}});
  pool("GlobalAveragePool", {1, 5, 1, 1}, {});
  pool("GlobalMaxPool", {1, 5, 1, 1}, {});
  pool("LRN", {1, 5, 11, 8}, {{"size", std::int64_t{3}}, {"alpha", 0.01F}, {"beta", 0.6F}, {"bias", 2.0F}});
  expect_right(net);
}

TEST(CpuBackend, ElementwiseAcrossLayouts) {
  GraphMaker net;
  const Shape shape{2, 6, 5, 4};
  const ValueId x = net.input(shape);
  const ValueId y = net.node("Conv", {x, net.weights({6, 6, 1, 1})}, shape);  // lies channels-last
  net.output(net.node("Add", {x, y}, shape));
  net.output(net.node("Mul", {y, net.input({2, 6, 1, 1})}, shape));
  net.output(net.node("Sub", {net.input({5, 1}), y}, shape));
  net.output(net.node("Div", {y, net.node("Exp", {net.input({6, 1, 4})}, {6, 1, 4})}, shape));
  net.output(net.node("PRelu", {y, net.weights({6, 1, 1})}, shape));
  net.output(net.node("Sum", {y, x, net.input({4})}, shape));
  net.output(net.node("Max", {y, x, net.number(0.25F)}, shape));
  net.output(net.node("Where", {net.node("Less", {y, x}, shape, {}, DataType::boolean), x, net.number(1)}, shape));
  for (const char* type : {"LeakyRelu", "Sigmoid", "Tanh", "Erf", "Exp", "Abs", "Neg", "Floor", "Elu", "HardSigmoid",
                           "HardSwish", "Softplus", "Softsign", "Reciprocal"})
    net.output(net.node(type, {y}, shape));
  net.output(net.node("Pow", {y, net.number(2)}, shape));
  net.output(net.node("Pow", {y, net.number(3)}, shape));
  expect_right(net, 1e-4F);
}

TEST(CpuBackend, MovementAcrossLayouts) {
  GraphMaker net;
  const Shape shape{1, 6, 5, 4};
  const ValueId x = net.input(shape);
  const ValueId y = net.node("Conv", {x, net.weights({6, 6, 1, 1})}, shape);
  net.output(net.node("Concat", {x, y}, {1, 12, 5, 4}, {{"axis", std::int64_t{1}}}));
  net.output(net.node("Concat", {y, x, y}, {1, 6, 5, 12}, {{"axis", std::int64_t{-1}}}));
  net.output(net.node("Split", {y, net.integers({2, 4})}, {1, 2, 5, 4}, {{"axis", std::int64_t{1}}}));
  net.output(net.another_output({1, 4, 5, 4}));
  net.output(net.node("Transpose", {y}, {5, 1, 4, 6}, {{"perm", Ints{2, 0, 3, 1}}}));
  net.output(net.node(
      "Slice", {y, net.integers({5, -3}), net.integers({-100, 100}), net.integers({1, 2}), net.integers({-2, 1})},
      {1, 3, 3, 4}));
  net.output(net.node("Pad", {y, net.integers({0, 1, -1, 0, 0, 0, 2, 3})}, {1, 7, 6, 7}));
  net.output(net.node("Expand",
                      {net.node("Reshape", {y, net.integers({30, 1, 4})}, {30, 1, 4}), net.integers({2, 1, 3, 1})},
                      {2, 30, 3, 4}));
  net.output(net.node("Flatten", {y}, {1, 120}));
  net.output(net.node("Squeeze", {net.node("Identity", {y}, shape), net.integers({0})}, {6, 5, 4}));
  net.output(net.node("Gather", {y, net.integers({3, -1, 0})}, {1, 3, 5, 4}, {{"axis", std::int64_t{1}}}));
  net.output(net.node("Cast", {y}, shape, {{"to", std::int64_t{7}}}, DataType::int64));
  for (const char* type : {"ReduceMean", "ReduceMax", "ReduceL2"})
    net.output(net.node(type, {y}, {1, 6, 1, 4}, {{"axes", Ints{2}}}));
  net.output(net.node("ReduceSum", {y, net.integers({1, -1})}, {1, 5}, {{"keepdims", std::int64_t{0}}}));
  net.output(net.node("ReduceMin", {y}, {}, {{"keepdims", std::int64_t{0}}}));
  net.output(net.node("ReduceMax", {y}, shape, {{"noop_with_empty_axes", std::int64_t{1}}}));
  net.output(net.node("ReduceL1", {y, net.integers({})}, shape, {{"noop_with_empty_axes", std::int64_t{1}}}));
  expect_right(net);
}

TEST(CpuBackend, SoftmaxBeforeAndSinceOpset13) {
  for (const int opset : {11, 13}) {
    for (const std::int64_t axis : {1, 2, -1}) {
      GraphMaker net;
      net.set_opset(opset);
      const ValueId x = net.input({2, 3, 4, 5});
      net.output(net.node("Softmax", {x}, {2, 3, 4, 5}, {{"axis", axis}}));
      net.output(net.node("LogSoftmax", {x}, {2, 3, 4, 5}, {{"axis", axis}}));
      net.output(net.node("Softmax", {x}, {2, 3, 4, 5}));
      expect_right(net);
    }
  }
}

TEST(CpuBackend, CrossedBoundsGiveTheUpperOne) {
  GraphMaker net;
  const ValueId x = net.input({2, 3}), low = net.input({});
  net.output(net.node("Clip", {x, net.number(5), net.number(-2)}, {2, 3}));
  net.output(net.node("Clip", {x, low, net.number(-2)}, {2, 3}));
  expect_right(net);
}

template <class T>
Tensor smallest_and_others(DataType type) {
  Tensor tensor(type, {4});
  const std::array<T, 4> numbers{std::numeric_limits<T>::lowest(), T{-7}, T{7}, std::numeric_limits<T>::max()};
  std::ranges::copy(numbers, tensor.as<T>().begin());
  return tensor;
}

template <class T>
Tensor one_number(DataType type, T number) {
  Tensor tensor(type, {1});
  tensor.as<T>()[0] = number;
  return tensor;
}

template <class T>
void expect_quotients(DataType type) {
  for (const int divisor : {-1, 2, 3}) {
    GraphMaker net;
    net.output(net.node(
        "Div", {net.constant(smallest_and_others<T>(type)), net.constant(one_number<T>(type, static_cast<T>(divisor)))},
        {4}, {}, type));
    expect_right(net);
    const Tensor quotients = run_whole(net.one_operator(), make_cpu_backend)[0];
    if (divisor == -1) {
      EXPECT_EQ(quotients.as<T>()[0], std::numeric_limits<T>::lowest());
    }
  }
}

TEST(CpuBackend, IntegerQuotientsWrapAround) {
  expect_quotients<std::int8_t>(DataType::int8);
  expect_quotients<std::int16_t>(DataType::int16);
  expect_quotients<std::int32_t>(DataType::int32);
}

TEST(CpuBackend, TheSmallestLongIntegerDividedByMinusOneStays) {
  GraphMaker net;
  const auto least = std::numeric_limits<std::int64_t>::lowest();
  net.output(net.node("Div", {net.constant(one_number<std::int64_t>(DataType::int64, least)), net.integers({-1})}, {1},
                      {}, DataType::int64));
  expect_right(net);
  EXPECT_EQ(run_whole(net.one_operator(), make_cpu_backend)[0].as<std::int64_t>()[0], least);
}

TEST(CpuBackend, LayerNormalizationRepeatsScaleAndBias) {
  GraphMaker net;
  const Shape shape{2, 3, 4};
  const ValueId x = net.input(shape);
  const auto normalized = [&](ValueId scale, ValueId bias, std::int64_t axis) {
    net.output(net.node("LayerNormalization", {x, scale, bias}, shape, {{"axis", axis}}));
  };
  normalized(net.weights({4}), net.weights({1}), 1);
  normalized(net.weights({3, 1}), net.weights({3, 4}), -2);
  normalized(net.weights({}), net.weights({4}), -1);
  normalized(net.weights({2, 1, 1}), net.weights({1, 3, 4}), 0);
  expect_right(net);
}

TEST(CpuBackend, InputsAndConstantsMayBeResults) {
  GraphMaker net;
  const ValueId x = net.input({2, 3});
  const ValueId flat = net.node("Reshape", {x, net.integers({6})}, {6});
  const ValueId twice = net.node("Add", {flat, flat}, {6});
  net.output(flat);
  net.output(twice);
  net.output(net.node("Reshape", {twice, net.integers({3, 2})}, {3, 2}));
  net.output(net.node("Identity", {net.weights({4})}, {4}));
  expect_right(net);
}

/// A value that feeds the convolution and is added behind it must survive the convolution.
TEST(CpuBackend, ResidualOfItsOwnInput) {
  GraphMaker net;
  const Shape shape{1, 16, 8, 8};
  ValueId x = net.node("Relu", {net.input(shape)}, shape);
  for (int i = 0; i < 3; ++i) {
    const ValueId y =
        net.node("Conv", {x, net.weights({16, 16, 3, 3}, -0.1F, 0.1F)}, shape, {{"pads", Ints{1, 1, 1, 1}}});
    x = net.node("Add", {y, x}, shape);
  }
  net.output(x);
  expect_right(net);
}

GraphMaker convolutional() {
  GraphMaker net;
  const Shape shape{1, 16, 12, 12}, wide{1, 32, 6, 6};
  ValueId x = net.node("Conv", {net.input({1, 3, 12, 12}), net.weights({16, 3, 3, 3}), net.weights({16})}, shape,
                       {{"pads", Ints{1, 1, 1, 1}}});
  x = net.node("Relu", {batch_norm(net, x, shape)}, shape);
  ValueId y =
      net.node("Conv", {x, net.weights({16, 16, 3, 3}), net.weights({16})}, shape, {{"pads", Ints{1, 1, 1, 1}}});
  y = net.node("Relu", {batch_norm(net, y, shape)}, shape);
  y = net.node("Conv", {y, net.weights({16, 16, 1, 1})}, shape);
  x = net.node("Relu", {net.node("Add", {batch_norm(net, y, shape), x}, shape)}, shape);
  y = net.node("MaxPool", {x}, {1, 16, 6, 6}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}});
  x = net.node("Conv", {x, net.weights({16, 16, 1, 1})}, {1, 16, 6, 6}, {{"strides", Ints{2, 2}}});
  x = net.node("Concat", {x, y}, wide, {{"axis", std::int64_t{1}}});
  y = net.node("Conv", {x, net.weights({32, 1, 3, 3})}, wide,
               {{"pads", Ints{1, 1, 1, 1}}, {"group", std::int64_t{32}}});
  x = net.node("Mul", {y, net.node("Sigmoid", {net.node("GlobalAveragePool", {x}, {1, 32, 1, 1})}, {1, 32, 1, 1})},
               wide);
  x = net.node("GlobalAveragePool", {x}, {1, 32, 1, 1});
  x = net.node("Gemm", {net.node("Flatten", {x}, {1, 32}), net.weights({32, 10}), net.weights({10})}, {1, 10});
  net.output(net.node("Softmax", {x}, {1, 10}));
  net.output(y);
  return net;
}

GraphMaker attentive() {
  GraphMaker net;
  const Shape tokens{1, 6, 16}, heads{1, 2, 6, 8}, scores{1, 2, 6, 6}, one{1, 6, 1};
  const ValueId words = net.input({1, 6}, DataType::int64);
  ValueId x = net.node("Gather", {net.weights({50, 16}), words}, tokens);
  const auto dense = [&](ValueId from, std::int64_t in, std::int64_t out) {
    return net.node("Add", {net.node("MatMul", {from, net.weights({in, out})}, {1, 6, out}), net.weights({out})},
                    {1, 6, out});
  };
  const auto split = [&](ValueId from, Ints order, Shape shape) {
    return net.node("Transpose", {net.node("Reshape", {from, net.integers({1, 6, 2, 8})}, {1, 6, 2, 8})},
                    std::move(shape), {{"perm", std::move(order)}});
  };
  const ValueId q = split(dense(x, 16, 16), {0, 2, 1, 3}, heads),
                k = split(dense(x, 16, 16), {0, 2, 3, 1}, {1, 2, 8, 6}),
                v = split(dense(x, 16, 16), {0, 2, 1, 3}, heads);
  ValueId y = net.node("Div", {net.node("MatMul", {q, k}, scores), net.number(2.8F)}, scores);
  y = net.node("MatMul", {net.node("Softmax", {y}, scores), v}, heads);
  y = net.node("Reshape",
               {net.node("Transpose", {y}, {1, 6, 2, 8}, {{"perm", Ints{0, 2, 1, 3}}}), net.integers({1, 6, 16})},
               tokens);
  x = net.node("Add", {dense(y, 16, 16), x}, tokens);
  const ValueId centred = net.node("Sub", {x, net.node("ReduceMean", {x}, one, {{"axes", Ints{-1}}})}, tokens);
  y = net.node("ReduceMean", {net.node("Pow", {centred, net.number(2)}, tokens)}, one, {{"axes", Ints{-1}}});
  y = net.node("Sqrt", {net.node("Add", {y, net.number(1e-5F)}, one)}, one);
  x = net.node("Add",
               {net.node("Mul", {net.node("Div", {centred, y}, tokens), net.weights({16})}, tokens), net.weights({16})},
               tokens);
  const Shape wide{1, 6, 32};
  const ValueId up = dense(x, 16, 32);
  y = net.node("Add", {net.node("Erf", {net.node("Div", {up, net.number(1.41421356F)}, wide)}, wide), net.number(1)},
               wide);
  y = net.node("Mul", {net.node("Mul", {up, y}, wide), net.number(0.5F)}, wide);
  net.output(net.node("Add", {dense(y, 32, 16), x}, tokens));
  return net;
}

TEST(CpuBackendNetwork, ConvolutionalIsRight) { expect_right(convolutional(), 1e-4F); }
TEST(CpuBackendNetwork, AttentiveIsRight) { expect_right(attentive(), 1e-4F); }

TEST(CpuBackendNetwork, ConvolutionalSplitsBitForBit) {
  expect_same_when_split(convolutional().merged(), make_cpu_backend);
  expect_same_when_split(convolutional().separate(), make_cpu_backend);
}
TEST(CpuBackendNetwork, AttentiveSplitsBitForBit) {
  expect_same_when_split(attentive().merged(), make_cpu_backend);
  expect_same_when_split(attentive().separate(), make_cpu_backend);
}

TEST(CpuBackendNetwork, PipelineDeliversTheSameBits) {
  const Network network = convolutional().merged();
  const std::size_t count = network.operators.size();
  const Plan plan{{{ModeId(0), 1, op_range(0, count / 3)},
                   {ModeId(0), 2, op_range(count / 3, count / 2)},
                   {ModeId(0), 1, op_range(count / 2, count)}}};
  std::vector<std::vector<Tensor>> inputs, wanted;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    Known known = known_inputs(*network.graph, seed);
    inputs.push_back({known.at(network.graph->inputs[0])});
    run_stage(network, op_range(0, count), make_cpu_backend, known);
    wanted.push_back(results(network, known));
  }
  Executor executor(network, plan, [](ModeId) { return make_cpu_backend(); }, {.batches = 64});
  executor.run(inputs, [&](std::size_t index, std::span<const Tensor> outputs) {
    ASSERT_EQ(std::vector<Tensor>(outputs.begin(), outputs.end()), wanted[index % 4]);
  });
}

std::string complaint(const GraphMaker& maker) {
  const Network network = maker.one_operator();
  return make_cpu_backend()->unsupported(*network.graph, network.graph->nodes[NodeId(0)]);
}

TEST(CpuBackendUnsupported, SaysWhy) {
  GraphMaker unknown, whole_numbers, indices, reflecting;
  unknown.node("Fantasy", {unknown.input({1})}, {1});
  whole_numbers.node("Relu", {whole_numbers.input({1}, DataType::int64)}, {1}, {}, DataType::int64);
  indices.node("MaxPool", {indices.input({1, 1, 4, 4})}, {1, 1, 3, 3}, {{"kernel_shape", Ints{2, 2}}});
  indices.another_output({1, 1, 3, 3});
  reflecting.node("Pad", {reflecting.input({4}), reflecting.integers({1, 1})}, {6}, {{"mode", std::string("reflect")}});
  GraphMaker long_scale, computed_scale;
  long_scale.node("LayerNormalization", {long_scale.input({2, 8}), long_scale.weights({9})}, {2, 8});
  computed_scale.node("LayerNormalization", {computed_scale.input({2, 8}), computed_scale.input({1})}, {2, 8});
  EXPECT_THAT(complaint(long_scale), HasSubstr("of shape [9] does not broadcast to the normalized axes [8]"));
  EXPECT_THAT(complaint(computed_scale), HasSubstr("computed at run time"));
  EXPECT_THAT(complaint(unknown), HasSubstr("does not have it"));
  EXPECT_THAT(complaint(whole_numbers), HasSubstr("int64"));
  EXPECT_THAT(complaint(indices), HasSubstr("output 2"));
  EXPECT_THAT(complaint(reflecting), HasSubstr("mode 'reflect'"));
}

TEST(CpuBackendUnsupported, IndicesOutsideTheTableAreAnInputError) {
  GraphMaker net;
  net.output(net.node("Gather", {net.weights({5, 2}), net.integers({5})}, {1, 2}));
  const Network network = net.one_operator();
  const auto backend = make_cpu_backend();
  backend->prepare(make_stage_spec(network, op_range(0, 1)));
  Tensor result(DataType::float32, {1, 2});
  const std::vector<Tensor*> outputs{&result};
  EXPECT_THROW(backend->run({}, outputs), InputError);
}

TEST(CpuBackendUnsupported, TypesAreSortedAndDistinct) {
  const auto types = cpu_operator_types();
  EXPECT_TRUE(std::ranges::is_sorted(types));
  EXPECT_EQ(std::ranges::adjacent_find(types), types.end());
  EXPECT_THAT(types, testing::IsSupersetOf({"Conv", "Gemm", "MatMul", "Softmax", "Gather", "Where"}));
}

}  // namespace
}  // namespace cleave
