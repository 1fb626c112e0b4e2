/// The OpenCL engine against the reference, on whatever device there is.

#include "runtime/graph_maker.hpp"
#include "runtime/measure/machine.hpp"
#include "runtime/measure/measure.hpp"
#include "runtime/opencl/backend.hpp"
#include "runtime/opencl/probe.hpp"
#include "runtime/opencl/tiling.hpp"
#include "runtime/stage_runs.hpp"

#include <cleave/error.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace cleave {
namespace {

using Pair = std::vector<std::int64_t>;

struct OpenCl : testing::Test {
  void SetUp() override {
    if (!find_opencl_device()) GTEST_SKIP() << "OpenCL finds no device";
  }
};

/// Sums in fp32 in another order: an error of some units in the last place of the largest.
void expect_near(const Network& network, const MakeBackend& make = make_opencl_backend) {
  const auto expected = run_whole(network, make_reference_backend), actual = run_whole(network, make);
  for (std::size_t t = 0; t < expected.size(); ++t) {
    const auto want = expected[t].as<float>(), got = actual[t].as<float>();
    float most = 0;
    for (const float x : want) most = std::max(most, std::fabs(x));
    for (std::size_t i = 0; i < want.size(); ++i)
      ASSERT_NEAR(got[i], want[i], 2e-5F * most) << "output " << t << " at " << i;
  }
}

bool all_on_device(const Network& network) {
  for (const Node& node : network.graph->nodes)
    if (!opencl_has_kernel(*network.graph, node)) return false;
  return true;
}

/// Convolutions of every kind that has a kernel, with what is fused into them.
Network convolutions() {
  GraphMaker net;
  const ValueId x = net.input({2, 6, 11, 13});
  const ValueId a = net.node("Conv", {x, net.weights({70, 6, 3, 3}), net.weights({70})}, {2, 70, 11, 13},
                             {{"pads", Pair{1, 1, 1, 1}}});
  const ValueId norm =
      net.node("BatchNormalization",
               {a, net.weights({70}, 0.5F, 1.5F), net.weights({70}), net.weights({70}), net.weights({70}, 0.5F, 2.0F)},
               {2, 70, 11, 13});
  const ValueId relu = net.node("Relu", {norm}, {2, 70, 11, 13});
  const ValueId grouped = net.node("Conv", {relu, net.weights({70, 35, 3, 2})}, {2, 70, 5, 6},
                                   {{"group", std::int64_t{2}}, {"strides", Pair{2, 2}}, {"dilations", Pair{1, 1}}});
  const ValueId deep = net.node("Conv", {grouped, net.weights({140, 1, 3, 3}), net.weights({140})}, {2, 140, 5, 6},
                                {{"group", std::int64_t{70}}, {"pads", Pair{1, 1, 1, 1}}});
  const ValueId point = net.node("Conv", {deep, net.weights({32, 140, 1, 1})}, {2, 32, 5, 6});
  const ValueId again = net.node("Conv", {point, net.weights({32, 32, 1, 1})}, {2, 32, 5, 6});
  const ValueId sum = net.node("Add", {again, point}, {2, 32, 5, 6});
  net.output(net.node("Sigmoid", {sum}, {2, 32, 5, 6}));
  return net.merged();
}

/// Attention of two heads, and what is around it.
Network attention() {
  GraphMaker net;
  const ValueId x = net.input({2, 7, 16});
  const ValueId norm = net.node("LayerNormalization", {x, net.weights({16}), net.weights({16})}, {2, 7, 16});
  const auto project = [&](ValueId from) {
    const ValueId made = net.node("MatMul", {from, net.weights({16, 16})}, {2, 7, 16});
    return net.node("Add", {made, net.weights({16})}, {2, 7, 16});
  };
  const auto heads = [&](ValueId from, Pair order, Shape shape) {
    const ValueId split = net.node("Reshape", {from, net.integers({2, 7, 2, 8})}, {2, 7, 2, 8});
    return net.node("Transpose", {split}, std::move(shape), {{"perm", std::move(order)}});
  };
  const ValueId q = heads(project(norm), {0, 2, 1, 3}, {2, 2, 7, 8}),
                k = heads(project(norm), {0, 2, 3, 1}, {2, 2, 8, 7});
  const ValueId v = heads(project(norm), {0, 2, 1, 3}, {2, 2, 7, 8});
  const ValueId scores = net.node("MatMul", {q, k}, {2, 2, 7, 7});
  const ValueId scaled = net.node("Div", {scores, net.number(2.83F)}, {2, 2, 7, 7});
  const ValueId shares = net.node("Softmax", {scaled}, {2, 2, 7, 7}, {{"axis", std::int64_t{-1}}});
  const ValueId mixed = net.node("MatMul", {shares, v}, {2, 2, 7, 8});
  const ValueId back = net.node("Transpose", {mixed}, {2, 7, 2, 8}, {{"perm", Pair{0, 2, 1, 3}}});
  const ValueId flat = net.node("Reshape", {back, net.integers({2, 7, 16})}, {2, 7, 16});
  const ValueId sum = net.node("Add", {flat, x}, {2, 7, 16});
  net.output(net.node("ReduceMean", {sum}, {2, 16}, {{"axes", Pair{1}}, {"keepdims", std::int64_t{0}}}));
  return net.separate();
}

/// Pools, joins, norms over channels; and a step that only the host has, amid the others.
Network with_host_steps() {
  GraphMaker net;
  const ValueId x = net.input({1, 8, 12, 12});
  const ValueId most = net.node("MaxPool", {x}, {1, 8, 6, 6},
                                {{"kernel_shape", Pair{3, 3}}, {"strides", Pair{2, 2}}, {"pads", Pair{1, 1, 1, 1}}});
  const ValueId mean =
      net.node("AveragePool", {x}, {1, 8, 6, 6}, {{"kernel_shape", Pair{2, 2}}, {"strides", Pair{2, 2}}});
  const ValueId joined = net.node("Concat", {most, mean}, {1, 16, 6, 6}, {{"axis", std::int64_t{1}}});
  const ValueId local = net.node("LRN", {joined}, {1, 16, 6, 6}, {{"size", std::int64_t{5}}, {"alpha", 0.3F}});
  const ValueId padded = net.node("Pad", {local, net.integers({0, 0, 1, 1, 0, 0, 1, 1})}, {1, 16, 8, 8});
  const ValueId clipped = net.node("Clip", {padded, net.number(-0.3F), net.number(0.4F)}, {1, 16, 8, 8});
  const ValueId scaled = net.node("Mul", {clipped, net.weights({16, 1, 1})}, {1, 16, 8, 8});
  const ValueId global = net.node("GlobalAveragePool", {scaled}, {1, 16, 1, 1});
  net.output(net.node("Flatten", {global}, {1, 16}));
  net.output(padded);
  net.output(net.node("LayerNormalization", {padded, net.weights({8, 1}), net.weights({1})}, {1, 16, 8, 8},
                      {{"axis", std::int64_t{2}}}));
  net.output(net.node("ReduceMax", {padded}, {1, 16, 8, 8}, {{"noop_with_empty_axes", std::int64_t{1}}}));
  for (const char* pool : {"MaxPool", "AveragePool"})
    net.output(net.node(pool, {padded}, {1, 16, 4, 3},
                        {{"kernel_shape", Pair{2, 2}},
                         {"strides", Pair{2, 3}},
                         {"pads", Pair{0, 0, 2, 1}},
                         {"ceil_mode", std::int64_t{1}}}));
  return net.separate();
}

std::int64_t drawn(std::mt19937& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

/// A convolution with whatever geometry, something added to its result, and that through a function.
Network random_convolution(std::mt19937& random) {
  GraphMaker net;
  const std::int64_t samples = drawn(random, 1, 3), groups = drawn(random, 1, 4) == 1 ? 2 : 1;
  const std::int64_t channels = groups * drawn(random, 1, 70), rows = groups * drawn(random, 1, 150);
  const std::int64_t height = drawn(random, 5, 15), width = drawn(random, 5, 15);
  const std::int64_t kernel_h = drawn(random, 1, 3), kernel_w = drawn(random, 1, 3), stride = drawn(random, 1, 2);
  const std::int64_t dilation = drawn(random, 1, 2), pad = drawn(random, 0, 2);
  const auto out = [&](std::int64_t extent, std::int64_t kernel) {
    return (extent + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
  };
  const Shape shape{samples, rows, out(height, kernel_h), out(width, kernel_w)};
  const ValueId x = net.input({samples, channels, height, width});
  const ValueId y =
      net.node("Conv", {x, net.weights({rows, channels / groups, kernel_h, kernel_w}), net.weights({rows})}, shape,
               {{"group", groups},
                {"strides", Pair{stride, stride}},
                {"dilations", Pair{dilation, dilation}},
                {"pads", Pair{pad, pad, pad, pad}}});
  const ValueId sum = drawn(random, 0, 1) == 1 ? net.node("Add", {y, net.input(shape)}, shape) : y;
  net.output(net.node("Relu", {sum}, shape));
  return net.merged();
}

/// A product of two matrices, of stacks of them, or with constant weights.
Network random_product(std::mt19937& random) {
  GraphMaker net;
  const std::int64_t rows = drawn(random, 1, 2) == 1 ? drawn(random, 1, 10) : drawn(random, 1, 150);
  const std::int64_t depth = drawn(random, 1, 1000), columns = drawn(random, 1, 300), stack = drawn(random, 1, 3);
  switch (drawn(random, 0, 2)) {
    case 0: {
      const bool left = drawn(random, 0, 1) == 1, right = drawn(random, 0, 1) == 1;
      const ValueId x = net.input(left ? Shape{depth, rows} : Shape{rows, depth});
      const ValueId weights = net.weights(right ? Shape{columns, depth} : Shape{depth, columns});
      net.output(net.node("Gemm", {x, weights, net.weights({columns})}, {rows, columns},
                          {{"transA", std::int64_t{left}}, {"transB", std::int64_t{right}}}));
      break;
    }
    case 1:
      net.output(net.node("MatMul", {net.input({stack, rows, depth}), net.input({stack, depth, columns})},
                          {stack, rows, columns}));
      break;
    default:
      net.output(
          net.node("MatMul", {net.input({stack, rows, depth}), net.weights({depth, columns})}, {stack, rows, columns}));
  }
  return net.merged();
}

/// Rows of tables at indices from either end: of constant and of computed ones, along the first and another dimension.
Network lookups() {
  GraphMaker net;
  const ValueId x = net.input({2, 3, 4});
  const ValueId y = net.node("Relu", {x}, {2, 3, 4});
  net.output(net.node("Gather", {net.weights({5, 7}), net.integers({4, -5, 2, -1})}, {4, 7}));
  net.output(net.node("Gather", {y, net.integers({-1, 0})}, {2, 2, 4}, {{"axis", std::int64_t{1}}}));
  return net.separate();
}

TEST_F(OpenCl, ProductsOfAnyShapeOnDevicesOfAnySize) {
  std::mt19937 random(5);
  for (const int units : {1, 3, 20, 400}) {
    const auto make = [units] {
      return opencl::make_backend_for({.compute_units = units, .local_bytes = units == 3 ? 32768U : 65536U});
    };
    SCOPED_TRACE(testing::Message() << units << " compute units");
    expect_near(convolutions(), make);
    expect_near(attention(), make);
    for (int i = 0; i < 8; ++i) {
      SCOPED_TRACE(testing::Message() << "network " << i);
      expect_near(random_convolution(random), make);
      expect_near(random_product(random), make);
    }
  }
}

TEST_F(OpenCl, Lookups) {
  EXPECT_TRUE(all_on_device(lookups()));
  expect_near(lookups());
}

TEST_F(OpenCl, IndicesOutsideOfTheTableAreRefused) {
  GraphMaker net;
  net.output(net.node("Gather", {net.weights({5, 7}), net.integers({4, 5})}, {2, 7}));
  EXPECT_THROW((void)run_whole(net.separate(), make_opencl_backend), InputError);
}

TEST_F(OpenCl, EveryOperatorHasATime) {
  const MeasuredDevice device = opencl_device({}, 2024);
  for (const Network& network : {convolutions(), attention(), with_host_steps()}) {
    const IndexVector<OpId, double> seconds = operator_seconds(device, network, {.least = 3});
    ASSERT_EQ(seconds.size(), network.operators.size());
    double sum_s = 0;
    for (const double one : seconds) sum_s += one;
    EXPECT_GT(sum_s, 0);
  }
}

TEST_F(OpenCl, IsMeasuredAsADevice) {
  Measurement one{.seconds = 1e-3};
  one.work.macs = 1e6;
  const MeasuredDevice device = opencl_device({}, 2024);
  const Profile profile = machine_profile(device, "here", {one}, {1e10}, std::nullopt, 2024);
  EXPECT_EQ(profile.kind, DeviceKind::gpu);
  EXPECT_TRUE(profile.title.ends_with("through OpenCL"));
  EXPECT_GT(profile.number("memory_bytes"), 0);
  EXPECT_EQ(profile.number("winograd_tile"), 1) << "its kernels have no tiles; those of the CPU engine may";
  opencl::Probe probe;
  EXPECT_GT(probe.seconds_to_read(1 << 22), 0);
  const opencl::HostLink link = device.host_link();
  EXPECT_GT(link.to_device_bytes_per_s, 0);
  EXPECT_GT(link.from_device_bytes_per_s, 0);
  EXPECT_GT(link.latency_s, 0);
}

TEST(OpenClTiling, SharesTheDepthWhereTilesAreFew) {
  const opencl::DeviceSize large{.compute_units = 132, .local_bytes = 49152};
  EXPECT_GT(opencl::tiling_of({.rows = 256, .columns = 196, .depth = 2304}, large).parts, 8);
  EXPECT_EQ(opencl::tiling_of({.rows = 256, .columns = 196, .depth = 2304}, {.compute_units = 1}).parts, 1);
  EXPECT_EQ(opencl::kTiles[opencl::tiling_of({.rows = 4096, .columns = 4096, .depth = 4096}, large).tile].side, 128);
  EXPECT_EQ(opencl::kTiles[opencl::tiling_of({.rows = 16, .columns = 3136, .depth = 96}, large).tile].side, 32);
}

TEST(OpenClTiling, KeepsToWhatTheDeviceHas) {
  std::mt19937 random(7);
  for (int i = 0; i < 500; ++i) {
    const opencl::ProductShape shape{.rows = drawn(random, 1, 3000),
                                     .columns = drawn(random, 1, 30000),
                                     .depth = drawn(random, 1, 5000),
                                     .count = drawn(random, 1, 20)};
    const opencl::DeviceSize device{.compute_units = static_cast<int>(drawn(random, 1, 200)), .local_bytes = 20000};
    const auto [tile, parts] = opencl::tiling_of(shape, device);
    EXPECT_LE(opencl::local_bytes(opencl::kTiles[tile]), device.local_bytes);
    EXPECT_GE(parts, 1);
    EXPECT_LE(parts, shape.depth);
  }
}

TEST_F(OpenCl, Convolutions) {
  EXPECT_TRUE(all_on_device(convolutions()));
  expect_near(convolutions());
}

TEST_F(OpenCl, Attention) {
  EXPECT_TRUE(all_on_device(attention()));
  expect_near(attention());
}

TEST_F(OpenCl, WhatHasNoKernelIsComputedOnTheHost) {
  EXPECT_FALSE(all_on_device(with_host_steps()));
  expect_near(with_host_steps());
}

TEST_F(OpenCl, ASplitNetworkComputesTheSameBits) {
  const Network network = with_host_steps();
  const auto whole = run_whole(network, make_opencl_backend);
  const std::size_t count = network.operators.size();
  for (const std::size_t cut : {std::size_t{2}, std::size_t{4}, std::size_t{5}, std::size_t{7}}) {
    Known known = known_inputs(*network.graph, 3);
    run_stage(network, op_range(0, cut), make_opencl_backend, known);
    run_stage(network, op_range(cut, count), make_opencl_backend, known);
    EXPECT_EQ(results(network, known), whole) << "cut at " << cut;
  }
}

TEST_F(OpenCl, WorkersHaveQueuesOfTheirOwn) {
  const Network network = convolutions();
  const auto expected = run_whole(network, make_opencl_backend);
  std::vector<OpId> all = op_range(0, network.operators.size());
  const Plan plan{{{ModeId(0), 2, all}}};
  const std::vector<std::vector<Tensor>> inputs{random_inputs(*network.graph, 3)};
  Executor executor(network, plan, [](ModeId) { return make_opencl_backend(); }, {.batches = 8, .pin = false});
  std::size_t same = 0;
  executor.run(inputs, [&](std::size_t, std::span<const Tensor> outputs) {
    same += std::equal(outputs.begin(), outputs.end(), expected.begin(), expected.end()) ? 1 : 0;
  });
  EXPECT_EQ(same, 8U);
}

}  // namespace
}  // namespace cleave
