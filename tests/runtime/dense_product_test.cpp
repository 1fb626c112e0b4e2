/// Products by own kernels against plain sums in double. Which of them multiplies depends on the processor.

#include "runtime/cpu/dense_product.hpp"
#include "runtime/random_floats.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

namespace cleave::cpu {
namespace {

using Kind = onednn::Function::Kind;

/// [m, k] * [k, n] with random numbers.
struct Problem {
  onednn::ProductShape shape;
  Floats source, weights, bias, held;

  explicit Problem(const onednn::ProductShape& of) : shape(of) {
    std::mt19937 random(static_cast<unsigned>(of.m + of.k + of.n));
    source = random_floats(of.m * of.k, random);
    weights = random_floats(of.k * of.n, random);
    bias = random_floats(of.n, random);
    held = random_floats(of.m * of.n, random);
  }

  /// What `routine` makes of the rows that it reads.
  [[nodiscard]] Floats computed(const onednn::Routine& routine, const Floats& from) const {
    Bytes scratch(routine.scratch_bytes);
    Floats target = held;
    routine.run({.source = from.data(), .target = target.data(), .scratch = scratch.data()});
    return target;
  }

  void expect_right(const onednn::Epilogue& epilogue, bool has_bias, const Floats& computed) const {
    for (std::int64_t row = 0; row < shape.m; ++row)
      for (std::int64_t column = 0; column < shape.n; ++column) {
        const auto at = static_cast<std::size_t>(row * shape.n + column);
        double value = has_bias ? static_cast<double>(bias[static_cast<std::size_t>(column)]) : 0.0;
        double size = 1;
        for (std::int64_t k = 0; k < shape.k; ++k) {
          const std::int64_t weight = shape.weights_transposed ? column * shape.k + k : k * shape.n + column;
          const double term = static_cast<double>(source[static_cast<std::size_t>(row * shape.k + k)]) *
                              static_cast<double>(weights[static_cast<std::size_t>(weight)]);
          value += term;
          size += std::abs(term);
        }
        if (epilogue.sum) value += static_cast<double>(*epilogue.sum) * static_cast<double>(held[at]);
        if (epilogue.function && epilogue.function->kind == Kind::relu) value = std::max(value, 0.0);
        if (epilogue.function && epilogue.function->kind == Kind::clip)
          value = std::clamp(value, static_cast<double>(epilogue.function->alpha),
                             static_cast<double>(epilogue.function->beta));
        if (epilogue.function && epilogue.function->kind == Kind::gelu_erf)
          value *= (1 + std::erf(value / std::sqrt(2.0))) / 2;
        ASSERT_NEAR(static_cast<double>(computed[at]), value, 1e-5 * size) << row << ' ' << column;
      }
  }

  void expect_right(const onednn::Epilogue& epilogue, bool has_bias) const {
    ASSERT_TRUE(suits_dense_product(shape, epilogue));
    const float* added = has_bias ? bias.data() : nullptr;
    const onednn::Library library;
    expect_right(epilogue, has_bias, computed(dense_product(library, shape, weights.data(), added, epilogue), source));
  }
};

struct DenseProduct : testing::Test {
  void SetUp() override {
    if (!suits_dense_product({.m = 64, .k = 1024, .n = 1024}, {})) GTEST_SKIP() << "this CPU has no AVX-512";
  }
};

TEST_F(DenseProduct, MatricesOfAllSizes) {
  for (std::int64_t m = 14; m < 30; ++m) Problem({.m = m, .k = 512, .n = 528}).expect_right({}, true);
  Problem({.m = 197, .k = 768, .n = 768}).expect_right({}, false);
  Problem({.m = 300, .k = 1000, .n = 272}).expect_right({}, true);  // several chunks of rows
  Problem({.m = 40, .k = 1024, .n = 256, .weights_transposed = true}).expect_right({}, true);
  Problem({.m = 60, .k = 3072, .n = 96}).expect_right({}, true);  // several slices
  Problem({.m = 33, .k = 2500, .n = 112}).expect_right({}, true);
  for (std::int64_t m = 33; m < 50; ++m) Problem({.m = m, .k = 530, .n = 528}).expect_right({}, true);
}

TEST_F(DenseProduct, WhatFollowsTheSum) {
  for (const std::int64_t k : {512, 2500}) {
    const Problem problem({.m = 20, .k = k, .n = 512});
    problem.expect_right({.sum = 0.5F}, false);
    problem.expect_right({.function = onednn::Function{.kind = Kind::relu}}, true);
    problem.expect_right({.sum = 1.0F, .function = onednn::Function{.kind = Kind::clip, .alpha = -1, .beta = 6}}, true);
    problem.expect_right({.sum = 1.0F, .function = onednn::Function{.kind = Kind::gelu_erf}}, true);
  }
  const Problem wide({.m = 70, .k = 1100, .n = 336});
  wide.expect_right({.sum = 0.5F}, false);
  wide.expect_right({.sum = 1.0F, .function = onednn::Function{.kind = Kind::clip, .alpha = -1, .beta = 6}}, true);
}

TEST_F(DenseProduct, NumbersThatAreNoneStaySo) {
  for (const std::int64_t m : {20, 40})
    for (const std::uint32_t bits : {0x7FC00000U, 0xFFC00000U, 0x7FFFFFFFU, 0xFFFFFFFFU, 0x7F800001U}) {
      Problem problem({.m = m, .k = 2048, .n = 512});
      problem.source[0] = std::bit_cast<float>(bits);
      const onednn::Library library;
      const auto routine = dense_product(library, problem.shape, problem.weights.data(), nullptr,
                                         {.function = onednn::Function{.kind = Kind::relu}});
      const Floats computed = problem.computed(routine, problem.source);
      EXPECT_TRUE(std::isnan(computed[0])) << bits;
      EXPECT_FALSE(std::isnan(computed[512])) << "another row";
    }
}

/// Where a sum has one product, nothing of it may be lost but what a float cannot hold.
TEST_F(DenseProduct, FactorsKeepAllTheirBits) {
  for (const std::int64_t m : {20, 40}) {
    constexpr std::int64_t size = 512;
    Problem problem({.m = m, .k = size, .n = size});
    Floats unit(static_cast<std::size_t>(size * size), 0.0F);
    for (std::int64_t i = 0; i < size; ++i) unit[static_cast<std::size_t>(i * size + i)] = 1.0F;
    const onednn::Library library;
    const auto product = [&](const Floats& source, const Floats& weights) {
      return problem.computed(dense_product(library, problem.shape, weights.data(), nullptr, {}), source);
    };
    EXPECT_EQ(product(problem.source, unit), problem.source);
    Floats rows(unit.begin(), unit.begin() + m * size);
    EXPECT_EQ(product(rows, problem.weights), Floats(problem.weights.begin(), problem.weights.begin() + m * size));
    const float step = 1.0F / 512;  // (1 + s)(1 + s) = 1 + 2 s + s s, which a float holds
    for (float& one : rows) one *= 1 + step;
    for (float& one : unit) one *= 1 + step;
    EXPECT_EQ(product(rows, unit)[0], 1 + 2 * step + step * step);
  }
}

/// The same bits, wherever a row is among others.
TEST_F(DenseProduct, RowsDoNotDependOnOthers) {
  const Problem problem({.m = 100, .k = 700, .n = 400});
  Problem turned = problem;
  std::ranges::rotate(turned.source, turned.source.begin() + 700);
  const onednn::Library library;
  const auto routine = dense_product(library, problem.shape, problem.weights.data(), nullptr, {});
  Floats expected = problem.computed(routine, problem.source);
  std::ranges::rotate(expected, expected.begin() + 400);
  EXPECT_EQ(turned.computed(routine, turned.source), expected);
}

/// 1 x 1 convolutions of stride 1 and 2 over two images: the product of the pixels that they read.
TEST_F(DenseProduct, Convolutions) {
  for (const auto& [stride, side] : {std::pair<std::int64_t, std::int64_t>{1, 7}, {2, 7}, {1, 3}, {2, 3}}) {
    const std::int64_t in = 1024, out = 256, source_side = stride * side;
    const Problem problem({.m = 2 * side * side, .k = in, .n = out, .weights_transposed = true});
    Floats image(static_cast<std::size_t>(2 * source_side * source_side * in), 1.0F);
    for (std::int64_t row = 0; row < problem.shape.m; ++row) {
      const std::int64_t line = row / side, y = line / side * source_side + line % side * stride;
      std::copy_n(problem.source.begin() + row * in, in, image.begin() + (y * source_side + row % side * stride) * in);
    }
    const onednn::ConvolutionShape shape{.source = {2, in, source_side, source_side},
                                         .weights = {out, in, 1, 1},
                                         .target = {2, out, side, side},
                                         .strides = {stride, stride},
                                         .dilations = {1, 1},
                                         .pads_begin = {0, 0},
                                         .pads_end = {0, 0},
                                         .has_bias = true};
    ASSERT_TRUE(suits_dense_product(shape, {}));
    const onednn::Library library;
    const auto routine = dense_convolution(library, shape, problem.weights.data(), problem.bias.data(), {});
    problem.expect_right({}, true, problem.computed(routine, image));
  }
}

TEST_F(DenseProduct, OthersDoNotSuit) {
  EXPECT_FALSE(suits_dense_product({.m = 13, .k = 1024, .n = 1024}, {}));
  EXPECT_FALSE(suits_dense_product({.m = 64, .k = 1024, .n = 1000}, {}));
  EXPECT_FALSE(suits_dense_product({.m = 64, .k = 32, .n = 128}, {}));
  EXPECT_FALSE(suits_dense_product({.batch = 2, .m = 64, .k = 1024, .n = 1024}, {}));
  EXPECT_FALSE(suits_dense_product({.m = 64, .k = 1024, .n = 1024, .source_transposed = true}, {}));
  EXPECT_FALSE(suits_dense_product({.m = 64, .k = 1024, .n = 1024}, {.scale = 2.0F}));
}

}  // namespace
}  // namespace cleave::cpu
