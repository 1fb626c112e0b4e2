/// The engines of lower precision: against plain integers, against their own rounding errors, cut anywhere.

#include "runtime/cpu/coding.hpp"
#include "runtime/graph_maker.hpp"
#include "runtime/stage_runs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <span>

namespace cleave {
namespace {

using cpu::Code;
using cpu::Element;
using Ints = std::vector<std::int64_t>;

// ---- Short forms ------------------------------------------------------------------------------

TEST(ShortForms, IntegersComeBackAsTheyWere) {
  for (const float scale : {1e-6F, 0.013F, 1.0F, 3.7e4F}) {
    for (const std::int32_t zero : {0, 1, 128, 255}) {
      const Code code{Element::u8, scale, zero};
      std::vector<std::uint8_t> all(256), again(256);
      for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
      std::vector<float> full(256);
      cpu::decode(reinterpret_cast<const std::byte*>(all.data()), code, full);
      cpu::encode(full, code, reinterpret_cast<std::byte*>(again.data()));
      EXPECT_EQ(again, all) << scale << ' ' << zero;
    }
  }
}

TEST(ShortForms, IntegersAreTheNearestAndSaturate) {
  const Code code{Element::u8, 0.5F, 10};
  const std::vector<float> full{
      0, 0.24F, 0.26F, 0.25F, 0.75F, -0.3F, -5, -6, 1e9F, -1e9F, 122.5F, 123, std::numeric_limits<float>::quiet_NaN()};
  const std::vector<std::uint8_t> expected{10, 10, 11, 10, 12, 9, 0, 0, 255, 0, 255, 255, 10};
  std::vector<std::uint8_t> coded(full.size());
  cpu::encode(full, code, reinterpret_cast<std::byte*>(coded.data()));
  EXPECT_EQ(coded, expected);
}

TEST(ShortForms, Bf16IsTheNearest) {
  const Code code{Element::bf16, 1, 0};
  std::vector<float> full{0, 1, -1, 3.14159265F, 1e-30F, -1e30F, 1 + 0x1p-8F, 1 + 0x3p-8F, 1 + 0x1p-8F + 0x1p-20F};
  std::vector<std::uint16_t> coded(full.size());
  std::vector<float> back(full.size());
  cpu::encode(full, code, reinterpret_cast<std::byte*>(coded.data()));
  cpu::decode(reinterpret_cast<const std::byte*>(coded.data()), code, back);
  for (std::size_t i = 0; i < full.size(); ++i) EXPECT_LE(std::fabs(back[i] - full[i]), 0x1p-8F * std::fabs(full[i]));
  EXPECT_EQ(back[6], 1);            // a tie goes to the even one
  EXPECT_EQ(back[7], 1 + 0x1p-6F);  // here too
  EXPECT_EQ(back[8], 1 + 0x1p-7F);  // just above a tie
}

TEST(ShortForms, VectorsHaveTheBitsOfSingleElements) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> full(16 * 5 + 7);
  for (float& number : full) number = normal(random);
  full[1] = std::numeric_limits<float>::quiet_NaN();
  full[2] = -std::numeric_limits<float>::infinity();
  full[3] = std::numeric_limits<float>::denorm_min() * 70000;
  full[4] = std::numeric_limits<float>::max();
  full[5] = 1 + 0x1p-8F;
  for (const Code code : {Code{Element::bf16, 1, 0}, Code{Element::u8, 0.05F, 117}, Code{Element::u8, 0.25F, 0}}) {
    const std::size_t bytes = size_of(code.element);
    std::vector<std::byte> coded(bytes * full.size()), one(bytes);
    std::vector<float> back(full.size());
    cpu::encode(full, code, coded.data());
    cpu::decode(coded.data(), code, back);
    for (std::size_t i = 0; i < full.size(); ++i) {
      float number = 0;
      cpu::encode({&full[i], 1}, code, one.data());
      cpu::decode(one.data(), code, {&number, 1});
      EXPECT_TRUE(std::ranges::equal(one, std::span(coded).subspan(bytes * i, bytes))) << full[i];
      EXPECT_EQ(std::memcmp(&number, &back[i], sizeof number), 0) << full[i];
    }
  }
}

// ---- Products of integers ---------------------------------------------------------------------

struct Integers : testing::Test {
  void SetUp() override {
    if (!cpu_computes(Precision::int8)) GTEST_SKIP() << "this CPU has no instructions for products of 8-bit integers";
  }
};

/// The form of a value whose range is known, as the engine's description has it.
Code form_of(const ValueRange& range) {
  const float scale = (std::max(range.high, 0.0F) - std::min(range.low, 0.0F)) / 255;
  return {Element::u8, scale, static_cast<std::int32_t>(std::nearbyint(-std::min(range.low, 0.0F) / scale))};
}

std::int64_t quantized(float x, const Code& code) {
  const double scaled = std::nearbyint(static_cast<double>(x / code.scale)) + code.zero;
  return static_cast<std::int64_t>(std::min(std::max(scaled, 0.0), 255.0));
}

struct ConvolutionCase {
  std::int64_t groups = 1, in = 3, out = 8, extent = 9, kernel = 3, stride = 1, dilation = 1, pad = 1;
  [[nodiscard]] std::int64_t out_extent() const {
    return (extent + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
  }
};

/// sums[o][y][x] of (source - zero) * weights, exact; weights as s8 with a step per channel.
struct ExactConvolution {
  std::vector<std::int64_t> sums;
  std::vector<float> steps;
};

ExactConvolution exact(const ConvolutionCase& c, const Tensor& source, const Code& code, const Tensor& weights) {
  ExactConvolution result;
  const std::int64_t per_group = c.in / c.groups, length = per_group * c.kernel * c.kernel, extent = c.out_extent();
  const auto w = weights.as<float>();
  const auto x = source.as<float>();
  for (std::int64_t o = 0; o < c.out; ++o) {
    float largest = 0;
    for (std::int64_t i = 0; i < length; ++i)
      largest = std::max(largest, std::fabs(w[static_cast<std::size_t>(o * length + i)]));
    result.steps.push_back(largest / 127);
    for (std::int64_t y = 0; y < extent; ++y)
      for (std::int64_t z = 0; z < extent; ++z) {
        std::int64_t sum = 0;
        for (std::int64_t i = 0; i < length; ++i) {
          const std::int64_t channel = o / (c.out / c.groups) * per_group + i / (c.kernel * c.kernel);
          const std::int64_t row = y * c.stride - c.pad + i / c.kernel % c.kernel * c.dilation;
          const std::int64_t column = z * c.stride - c.pad + i % c.kernel * c.dilation;
          if (row < 0 || row >= c.extent || column < 0 || column >= c.extent) continue;
          const auto at = static_cast<std::size_t>((channel * c.extent + row) * c.extent + column);
          const auto weight = std::lrint(w[static_cast<std::size_t>(o * length + i)] / result.steps.back());
          sum += (quantized(x[at], code) - code.zero) * weight;
        }
        result.sums.push_back(sum);
      }
  }
  return result;
}

ValueId add_convolution(GraphMaker& net, const ConvolutionCase& c, ValueId x, ValueId weights, ValueId bias) {
  return net.node("Conv", {x, weights, bias}, {1, c.out, c.out_extent(), c.out_extent()},
                  {{"group", c.groups},
                   {"strides", Ints{c.stride, c.stride}},
                   {"dilations", Ints{c.dilation, c.dilation}},
                   {"pads", Ints(4, c.pad)}});
}

const std::vector<ConvolutionCase> kConvolutions{
    {},
    {.in = 64, .out = 64, .extent = 14},
    {.in = 32, .out = 48, .extent = 7, .kernel = 1, .pad = 0},
    {.in = 16, .out = 32, .extent = 15, .kernel = 1, .stride = 2, .pad = 0},
    {.in = 3, .out = 32, .extent = 20, .kernel = 7, .stride = 2, .pad = 3},
    {.groups = 32, .in = 32, .out = 32, .extent = 10},
    {.groups = 40, .in = 40, .out = 40, .extent = 11, .stride = 2},
    {.groups = 3, .in = 24, .out = 48, .extent = 8, .kernel = 1, .pad = 0},
    {.groups = 2, .in = 10, .out = 6, .extent = 8, .dilation = 2, .pad = 2},
    {.in = 5, .out = 7, .extent = 6, .kernel = 5, .pad = 2}};

TEST_F(Integers, ConvolutionsAreExact) {
  for (const ConvolutionCase& c : kConvolutions) {
    for (const ValueRange range : {ValueRange{-1, 1}, ValueRange{-0.2F, 0.7F}, ValueRange{0, 1}}) {
      SCOPED_TRACE(testing::Message() << c.groups << " groups, " << c.in << " to " << c.out << " channels, kernel "
                                      << c.kernel << ", from " << range.low);
      GraphMaker net;
      const ValueId x = net.input({1, c.in, c.extent, c.extent});
      const ValueId weights = net.weights({c.out, c.in / c.groups, c.kernel, c.kernel});
      const ValueId bias = net.weights({c.out});
      net.output(add_convolution(net, c, x, weights, bias));
      const Network network = net.one_operator();
      const Tensor actual = run_whole(network, [&] { return make_cpu_int8_backend({{x, range}}); })[0];
      const Graph& graph = *network.graph;
      const Code code = form_of(range);
      const ExactConvolution expected =
          exact(c, known_inputs(graph, 3).at(x), code, materialize(graph.constants.at(weights)));
      const Tensor added = materialize(graph.constants.at(bias));
      const std::size_t area = expected.sums.size() / static_cast<std::size_t>(c.out);
      for (std::size_t i = 0; i < expected.sums.size(); ++i) {
        const double product =
            static_cast<double>(expected.sums[i]) * static_cast<double>(expected.steps[i / area] * code.scale);
        const auto plus = static_cast<double>(added.as<float>()[i / area]);
        // Roundings of float32: of the factors, the quotient of the bias, the sum and the product.
        ASSERT_NEAR(static_cast<double>(actual.as<float>()[i]), product + plus,
                    0x1p-21 * (std::fabs(product) + std::fabs(plus)))
            << "element " << i;
      }
    }
  }
}

TEST_F(Integers, ResultsThatStayIntegersAreTheNearest) {
  const ConvolutionCase c{.in = 16, .out = 16, .extent = 9};
  for (const bool adds : {false, true}) {
    for (const bool relu : {false, true}) {
      GraphMaker net;
      const Shape shape{1, 16, 9, 9};
      const ValueId x = net.input(shape);
      const ValueId weights = net.weights({16, 16, 3, 3}, -0.1F, 0.1F);
      const ValueId bias = net.weights({16});
      ValueId y = add_convolution(net, c, x, weights, bias);
      if (adds) y = net.node("Add", {y, x}, shape);
      if (relu) y = net.node("Relu", {y}, shape);
      net.output(y);
      net.output(net.node("Conv", {y, net.weights({4, 16, 1, 1})}, {1, 4, 9, 9}));
      const Network network = net.merged();
      const Ranges ranges{{x, {-1, 1}}, {y, {relu ? 0.0F : -2.0F, 2.5F}}};
      const Tensor actual = run_whole(network, [&] { return make_cpu_int8_backend(ranges); })[0];
      const Graph& graph = *network.graph;
      const Code from = form_of(ranges.at(x)), to = form_of(ranges.at(y));
      const Tensor input = known_inputs(graph, 3).at(x);
      const ExactConvolution expected = exact(c, input, from, materialize(graph.constants.at(weights)));
      const Tensor added = materialize(graph.constants.at(bias));
      for (std::size_t i = 0; i < expected.sums.size(); ++i) {
        double real = static_cast<double>(expected.sums[i]) * static_cast<double>(expected.steps[i / 81]) *
                          static_cast<double>(from.scale) +
                      static_cast<double>(added.as<float>()[i / 81]);
        if (adds)
          real +=
              static_cast<double>(from.scale) * static_cast<double>(quantized(input.as<float>()[i], from) - from.zero);
        if (relu) real = std::max(real, 0.0);
        const double steps = std::min(std::max(real / static_cast<double>(to.scale) + to.zero, 0.0), 255.0);
        const double stored = static_cast<double>(actual.as<float>()[i] / to.scale) + to.zero;
        ASSERT_NEAR(stored, std::nearbyint(stored), 1e-4);
        ASSERT_NEAR(stored, steps, 0.5 + 1e-3) << "element " << i << (adds ? ", added" : "") << (relu ? ", relu" : "");
      }
    }
  }
}

TEST_F(Integers, SumsThatMayLeave32BitsAreRefused) {
  for (const std::int64_t k : {66311, 66312}) {
    GraphMaker net;
    const ValueId row = net.input({1, k}), image = net.input({1, k, 1, 1});
    net.node("MatMul", {row, net.weights({k, 1})}, {1, 1});
    net.node("Gemm", {row, net.weights({2, k})}, {1, 2}, {{"transB", std::int64_t{1}}});
    net.node("Conv", {image, net.weights({3, k, 1, 1})}, {1, 3, 1, 1});
    const Network network = net.one_operator();
    const auto engine = make_cpu_int8_backend({});
    for (const Node& node : network.graph->nodes) {
      const std::string refusal = engine->unsupported(*network.graph, node);
      EXPECT_EQ(refusal,
                k == 66311 ? "" : "sums of more than 66311 products of 8-bit integers do not fit into 32 bits");
      EXPECT_EQ(make_cpu_backend()->unsupported(*network.graph, node), "");
    }
  }
}

TEST_F(Integers, ProductsAreExact) {
  for (const bool gemm : {false, true}) {
    for (const bool transposed : {false, true}) {
      if (!gemm && transposed) continue;
      for (const std::int64_t rows : {1, 5, 33}) {
        constexpr std::int64_t k = 70, n = 37;
        GraphMaker net;
        const ValueId x = net.input({rows, k});
        const ValueId weights = net.weights(transposed ? Shape{n, k} : Shape{k, n});
        net.output(gemm ? net.node("Gemm", {x, weights}, {rows, n}, {{"transB", std::int64_t{transposed}}})
                        : net.node("MatMul", {x, weights}, {rows, n}));
        const Network network = net.one_operator();
        const ValueRange range{-0.9F, 0.8F};  // what lies outside saturates
        const Tensor actual = run_whole(network, [&] { return make_cpu_int8_backend({{x, range}}); })[0];
        const Code code = form_of(range);
        const Tensor input = known_inputs(*network.graph, 3).at(x);
        const Tensor w = materialize(network.graph->constants.at(weights));
        for (std::int64_t column = 0; column < n; ++column) {
          const auto weight = [&](std::int64_t i) {
            return w.as<float>()[static_cast<std::size_t>(transposed ? column * k + i : i * n + column)];
          };
          float largest = 0;
          for (std::int64_t i = 0; i < k; ++i) largest = std::max(largest, std::fabs(weight(i)));
          const float step = largest / 127;
          for (std::int64_t row = 0; row < rows; ++row) {
            std::int64_t sum = 0;
            for (std::int64_t i = 0; i < k; ++i)
              sum += (quantized(input.as<float>()[static_cast<std::size_t>(row * k + i)], code) - code.zero) *
                     std::lrint(weight(i) / step);
            const double expected = static_cast<double>(sum) * static_cast<double>(step * code.scale);
            ASSERT_NEAR(static_cast<double>(actual.as<float>()[static_cast<std::size_t>(row * n + column)]), expected,
                        0x1p-21 * std::fabs(expected))
                << row << ' ' << column;
          }
        }
      }
    }
  }
}

// ---- Against exact arithmetic, within what rounding the factors may do --------------------------

/// |x| * |w| summed, plain sums of |x| and |w|, per result of a convolution with itself: by the reference engine on
/// absolute values.
double bound_of(const ConvolutionCase& c, const Tensor& x, const Tensor& w, std::size_t result, double x_error,
                double w_error, bool relative) {
  const std::int64_t per_group = c.in / c.groups, length = per_group * c.kernel * c.kernel, extent = c.out_extent();
  const auto at = static_cast<std::int64_t>(result);
  const std::int64_t o = at / (extent * extent), y = at / extent % extent, z = at % extent;
  double bound = 0;
  for (std::int64_t i = 0; i < length; ++i) {
    const std::int64_t channel = o / (c.out / c.groups) * per_group + i / (c.kernel * c.kernel);
    const std::int64_t row = y * c.stride - c.pad + i / c.kernel % c.kernel * c.dilation;
    const std::int64_t column = z * c.stride - c.pad + i % c.kernel * c.dilation;
    if (row < 0 || row >= c.extent || column < 0 || column >= c.extent) continue;
    const auto a = std::fabs(
        static_cast<double>(x.as<float>()[static_cast<std::size_t>((channel * c.extent + row) * c.extent + column)]));
    const auto b = std::fabs(static_cast<double>(w.as<float>()[static_cast<std::size_t>(o * length + i)]));
    const double da = relative ? a * x_error : x_error, db = relative ? b * w_error : w_error;
    bound += a * db + b * da + da * db;
  }
  return bound;
}

void expect_within_rounding(const ConvolutionCase& c, Precision precision) {
  SCOPED_TRACE(testing::Message() << c.groups << " groups, " << c.in << " to " << c.out << " channels, kernel "
                                  << c.kernel);
  GraphMaker net;
  const ValueId x = net.input({1, c.in, c.extent, c.extent});
  const ValueId weights = net.weights({c.out, c.in / c.groups, c.kernel, c.kernel});
  net.output(add_convolution(net, c, x, weights, net.weights({c.out})));
  const Network network = net.one_operator();
  const bool integers = precision == Precision::int8;
  const Tensor expected = run_whole(network, make_reference_backend)[0];
  const Tensor actual = run_whole(network, [&] {
    return integers ? make_cpu_int8_backend({{x, {-1, 1}}}) : make_cpu_bf16_backend();
  })[0];
  const Tensor input = known_inputs(*network.graph, 3).at(x);
  const Tensor w = materialize(network.graph->constants.at(weights));
  const double x_error = integers ? 0.5 * 2 / 255 : 0x1p-8;
  double largest_ratio = 0;
  for (std::size_t i = 0; i < expected.as<float>().size(); ++i) {
    const std::size_t length = w.as<float>().size() / static_cast<std::size_t>(c.out);
    const std::size_t o = i / static_cast<std::size_t>(c.out_extent() * c.out_extent());
    float largest = 0;
    for (const float weight : w.as<float>().subspan(o * length, length)) largest = std::max(largest, std::fabs(weight));
    const double w_error = integers ? 0.5 * static_cast<double>(largest) / 127 : 0x1p-8;
    const auto want = static_cast<double>(expected.as<float>()[i]);
    const double bound = bound_of(c, input, w, i, x_error, w_error, !integers) + 1e-5 * (1 + std::fabs(want));
    const double error = std::fabs(static_cast<double>(actual.as<float>()[i]) - want);
    ASSERT_LE(error, bound) << "element " << i;
    largest_ratio = std::max(largest_ratio, error / bound);
  }
  EXPECT_GT(largest_ratio, 1e-3) << "this was not computed at lower precision";
}

TEST_F(Integers, ErrorsAreThoseOfRoundingTheFactors) {
  for (const ConvolutionCase& c : kConvolutions) expect_within_rounding(c, Precision::int8);
}

struct Bf16 : testing::Test {
  void SetUp() override {
    if (!cpu_computes(Precision::bf16)) GTEST_SKIP() << "this CPU has no instructions for products of bf16";
  }
};

TEST_F(Bf16, ErrorsAreThoseOfRoundingTheFactors) {
  for (const ConvolutionCase& c : kConvolutions) expect_within_rounding(c, Precision::bf16);
}

// ---- Cut anywhere -----------------------------------------------------------------------------

/// Something of everything that short forms flow through.
Network mixture() {
  GraphMaker net;
  const ValueId image = net.input({1, 3, 12, 12});
  const Shape wide{1, 16, 12, 12}, half{1, 16, 6, 6};
  const ValueId a = net.node(
      "Relu", {net.node("Conv", {image, net.weights({16, 3, 3, 3}), net.weights({16})}, wide, {{"pads", Ints(4, 1)}})},
      wide);
  const ValueId pooled = net.node("MaxPool", {a}, half, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}});
  const ValueId shortcut = net.node("Conv", {pooled, net.weights({16, 16, 1, 1})}, half);
  ValueId b = net.node("Conv", {pooled, net.weights({16, 16, 3, 3}, -0.1F, 0.1F)}, half, {{"pads", Ints(4, 1)}});
  b = net.node("Relu", {net.node("Add", {b, shortcut}, half)}, half);
  const ValueId averaged = net.node("AveragePool", {b}, half, {{"kernel_shape", Ints{3, 3}}, {"pads", Ints(4, 1)}});
  const ValueId joined = net.node("Concat", {b, averaged, pooled}, {1, 48, 6, 6}, {{"axis", std::int64_t{1}}});
  ValueId c = net.node("Conv", {joined, net.weights({16, 48, 1, 1}, -0.1F, 0.1F)}, half);
  c = net.node("Sigmoid", {c}, half);
  const ValueId rows = net.node("Transpose", {net.node("Reshape", {c, net.integers({1, 16, 36})}, {1, 16, 36})},
                                {1, 36, 16}, {{"perm", Ints{0, 2, 1}}});
  const Shape sequence{1, 36, 16};
  const ValueId query = net.node("MatMul", {rows, net.weights({16, 16})}, sequence);
  const ValueId key = net.node("Transpose", {net.node("MatMul", {rows, net.weights({16, 16})}, sequence)}, {1, 16, 36},
                               {{"perm", Ints{0, 2, 1}}});
  const ValueId weighted =
      net.node("Softmax", {net.node("MatMul", {query, key}, {1, 36, 36})}, {1, 36, 36}, {{"axis", std::int64_t{-1}}});
  const ValueId attended = net.node("MatMul", {weighted, rows}, sequence);
  const ValueId sum =
      net.node("Add", {net.node("MatMul", {attended, net.weights({16, 16})}, sequence), rows}, sequence);
  net.output(net.node("MatMul", {sum, net.weights({16, 10})}, {1, 36, 10}));
  net.output(sum);
  net.output(joined);
  for (const char* pool : {"MaxPool", "AveragePool"})
    net.output(net.node(pool, {joined}, {1, 48, 3, 3},
                        {{"kernel_shape", Ints{2, 2}},
                         {"strides", Ints{2, 2}},
                         {"pads", Ints{0, 0, 2, 2}},
                         {"ceil_mode", std::int64_t{1}}}));
  return net.merged();
}

TEST_F(Integers, CutAnywhereTheyAreTheSameBits) {
  const Network network = mixture();
  const std::vector<std::vector<Tensor>> inputs{random_inputs(*network.graph, 8), random_inputs(*network.graph, 9)};
  const Ranges ranges = observe_ranges(network, inputs);
  expect_same_when_split(network, [&] { return make_cpu_int8_backend(ranges); });
}

TEST_F(Bf16, CutAnywhereItIsTheSameBits) { expect_same_when_split(mixture(), make_cpu_bf16_backend); }

TEST(ObservedRanges, AreThoseOfWhatIsStored) {
  GraphMaker net;
  const ValueId x = net.input({1, 4, 5, 5});
  const ValueId inside = net.node("Conv", {x, net.weights({4, 4, 1, 1})}, {1, 4, 5, 5});
  const ValueId y = net.node("Relu", {inside}, {1, 4, 5, 5});
  net.output(y);
  const Network network = net.merged();
  const std::vector<std::vector<Tensor>> inputs{random_inputs(*network.graph, 1), random_inputs(*network.graph, 2)};
  const Ranges ranges = observe_ranges(network, inputs);
  EXPECT_EQ(ranges.size(), 2U);
  EXPECT_FALSE(ranges.contains(inside)) << "fused away";
  ValueRange expected{};
  ValueRange of_input{};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Known known;
    known[x] = inputs[i][0];
    run_stage(network, op_range(0, network.operators.size()), make_cpu_backend, known);
    for (const float element : known.at(y).as<float>()) expected.high = std::max(expected.high, element);
    for (const float element : inputs[i][0].as<float>())
      of_input = {std::min(of_input.low, element), std::max(of_input.high, element)};
  }
  EXPECT_EQ(ranges.at(y), expected);
  EXPECT_EQ(ranges.at(x), of_input);
}

}  // namespace
}  // namespace cleave
