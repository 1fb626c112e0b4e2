/// Winograd convolutions against plain loops in double.

#include "runtime/cpu/winograd.hpp"
#include "runtime/cpu/coding.hpp"
#include "runtime/random_floats.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace cleave::cpu {
namespace {

using Kind = onednn::Function::Kind;

onednn::ConvolutionShape shape_of(std::int64_t batch, std::int64_t in, std::int64_t out, std::int64_t h, std::int64_t w,
                                  const Strides& begin = {1, 1}, const Strides& end = {1, 1}) {
  onednn::ConvolutionShape shape;
  shape.source = {batch, in, h, w};
  shape.weights = {out, in, 3, 3};
  shape.target = {batch, out, h + begin[0] + end[0] - 2, w + begin[1] + end[1] - 2};
  shape.strides = shape.dilations = {1, 1};
  shape.pads_begin = begin;
  shape.pads_end = end;
  return shape;
}

/// One convolution with random numbers.
struct Problem {
  onednn::ConvolutionShape shape;
  Floats source, weights, bias, held;

  Problem(const onednn::ConvolutionShape& of, unsigned seed) : shape(of) {
    std::mt19937 random(seed);
    source = random_floats(element_count(shape.source), random);
    weights = random_floats(element_count(shape.weights), random);
    bias = random_floats(shape.target[1], random);
    held = random_floats(element_count(shape.target), random);
  }

  [[nodiscard]] Floats computed(const onednn::Epilogue& epilogue, bool has_bias) const {
    const onednn::Library library;
    const auto routine =
        winograd_convolution(library, shape, weights.data(), has_bias ? bias.data() : nullptr, epilogue);
    Bytes scratch(routine.scratch_bytes);
    Floats target = held;
    routine.run({.source = source.data(), .target = target.data(), .scratch = scratch.data()});
    return target;
  }

  /// The sum of one result, and of the sizes of its terms.
  struct Sum {
    double value = 0, size = 0;
  };
  [[nodiscard]] Sum sum(std::int64_t image, std::int64_t y, std::int64_t x, std::int64_t out) const {
    Sum sum;
    const std::int64_t in = shape.source[1], height = shape.source[2], width = shape.source[3];
    for (std::int64_t i = 0; i < 9; ++i) {
      const std::int64_t from_y = y + i / 3 - shape.pads_begin[0], from_x = x + i % 3 - shape.pads_begin[1];
      if (from_y < 0 || from_y >= height || from_x < 0 || from_x >= width) continue;
      for (std::int64_t c = 0; c < in; ++c) {
        const auto input = static_cast<std::size_t>(((image * height + from_y) * width + from_x) * in + c);
        const auto weight = static_cast<std::size_t>((out * in + c) * 9 + i);
        const double term = static_cast<double>(source[input]) * static_cast<double>(weights[weight]);
        sum.value += term;
        sum.size += std::abs(term);
      }
    }
    return sum;
  }
};

/// Every result within what fp32 and the transforms allow, of its own terms, and closer in the mean square: errors of
/// the 36 places are amplified by at most 8 * 8, but add up at random.
void expect_right(const Problem& problem, const onednn::Epilogue& epilogue, bool has_bias) {
  constexpr double relative = 1e-5, relative_l2 = 5e-6;
  double error = 0, size = 0;
  const Floats computed = problem.computed(epilogue, has_bias);
  const Shape& target = problem.shape.target;
  std::size_t at = 0;
  for (std::int64_t image = 0; image < target[0]; ++image)
    for (std::int64_t y = 0; y < target[2]; ++y)
      for (std::int64_t x = 0; x < target[3]; ++x)
        for (std::int64_t out = 0; out < target[1]; ++out, ++at) {
          const Problem::Sum sum = problem.sum(image, y, x, out);
          double value = sum.value;
          if (has_bias) value += static_cast<double>(problem.bias[static_cast<std::size_t>(out)]);
          if (epilogue.sum) value += static_cast<double>(*epilogue.sum) * static_cast<double>(problem.held[at]);
          if (epilogue.function && epilogue.function->kind == Kind::relu) value = std::max(value, 0.0);
          if (epilogue.function && epilogue.function->kind == Kind::clip)
            value = std::clamp(value, static_cast<double>(epilogue.function->alpha),
                               static_cast<double>(epilogue.function->beta));
          error += std::pow(static_cast<double>(computed[at]) - value, 2);
          size += value * value;
          ASSERT_NEAR(static_cast<double>(computed[at]), value, relative * (sum.size + 1))
              << image << ' ' << y << ' ' << x << ' ' << out;
        }
  EXPECT_LE(std::sqrt(error / size), relative_l2);
}

struct Winograd : testing::Test {
  void SetUp() override {
    if (!suits_winograd(shape_of(1, 32, 32, 28, 28), {})) GTEST_SKIP() << "this CPU has no AVX-512";
  }
};

TEST_F(Winograd, PlanesOfAllSizes) {
  for (const std::int64_t side : {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 14, 21})
    expect_right({shape_of(1, 16, 48, side, side + 2), static_cast<unsigned>(side)}, {}, true);
}

TEST_F(Winograd, ChannelsBatchesAndPadding) {
  expect_right({shape_of(1, 256, 32, 14, 14), 1}, {}, false);
  expect_right({shape_of(2, 32, 64, 31, 17), 2}, {}, true);
  expect_right({shape_of(3, 48, 16, 9, 10, {0, 0}, {0, 0}), 3}, {}, true);
  expect_right({shape_of(1, 16, 16, 12, 12, {0, 1}, {2, 0}), 4}, {}, true);
  expect_right({shape_of(1, 384, 416, 9, 9), 5}, {}, true);  // weights beyond caches
}

TEST_F(Winograd, WhatFollowsTheSum) {
  const Problem problem(shape_of(1, 32, 32, 15, 15), 1);
  expect_right(problem, {.function = onednn::Function{.kind = Kind::relu}}, true);
  expect_right(problem, {.sum = 1.0F}, false);
  expect_right(problem, {.sum = 0.5F, .function = onednn::Function{.kind = Kind::relu}}, true);
  expect_right(problem, {.function = onednn::Function{.kind = Kind::clip, .alpha = -1, .beta = 6}}, true);
}

TEST_F(Winograd, NumbersThatAreNoneStaySo) {
  Problem problem(shape_of(1, 16, 16, 14, 14), 1);
  problem.source[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(problem.computed({.function = onednn::Function{.kind = Kind::relu}}, true)[0]));
}

/// Factors of bf16: the sums are those of the rounded factors, as exact as others; results are rounded once more.
TEST_F(Winograd, FactorsInBf16) {
  const Code code{Element::bf16, 1, 0};
  Problem problem(shape_of(1, 32, 48, 11, 14), 1);
  const Floats weights = problem.weights;
  for (Floats* numbers : {&problem.source, &problem.weights, &problem.held})
    for (float& number : *numbers) number = rounded_to_bf16(number);
  std::vector<std::byte> source(2 * problem.source.size()), held(2 * problem.held.size());
  encode(problem.source, code, source.data());
  encode(problem.held, code, held.data());
  const onednn::Library library;
  for (const Element target : {Element::f32, Element::bf16}) {
    const onednn::Epilogue epilogue{.sum = 1.0F, .function = onednn::Function{.kind = Kind::relu}};
    const auto routine = winograd_convolution(library, problem.shape, weights.data(), problem.bias.data(), epilogue,
                                              {.source = Element::bf16, .weights = Element::bf16, .target = target});
    Bytes scratch(routine.scratch_bytes);
    Floats computed = problem.held;
    std::vector<std::byte> coded = held;
    void* const place = target == Element::f32 ? static_cast<void*>(computed.data()) : coded.data();
    routine.run({.source = source.data(), .target = place, .scratch = scratch.data()});
    if (target == Element::bf16) decode(coded.data(), code, computed);
    const Floats expected = problem.computed(epilogue, true);
    const double rounding = target == Element::f32 ? 0 : 0x1p-8;
    for (std::size_t i = 0; i < computed.size(); ++i)
      ASSERT_LE(std::fabs(computed[i] - expected[i]), rounding * std::fabs(static_cast<double>(expected[i]))) << i;
  }
}

TEST_F(Winograd, OtherConvolutionsDoNotSuit) {
  const auto suits = [](const auto& change) {
    onednn::ConvolutionShape shape = shape_of(1, 32, 32, 28, 28);
    onednn::Epilogue epilogue;
    change(shape, epilogue);
    return suits_winograd(shape, epilogue);
  };
  EXPECT_TRUE(suits([](auto&, auto&) {}));
  EXPECT_EQ(suits_winograd(shape_of(1, 64, 32, 28, 28), {}, Element::bf16), !onednn::multiplies_bf16_matrices());
  EXPECT_FALSE(suits_winograd(shape_of(1, 48, 32, 28, 28), {}, Element::bf16));
  EXPECT_FALSE(suits_winograd(shape_of(1, 64, 32, 14, 14), {}, Element::bf16));
  EXPECT_FALSE(suits_winograd(shape_of(1, 64, 32, 28, 28), {}, Element::u8));
  EXPECT_FALSE(suits([](auto& shape, auto&) { shape.strides = {2, 1}; }));
  EXPECT_FALSE(suits([](auto& shape, auto&) { shape.dilations = {1, 2}; }));
  EXPECT_FALSE(suits([](auto& shape, auto&) { shape.groups = 2; }));
  EXPECT_FALSE(suits([](auto& shape, auto&) { shape.weights = {32, 32, 3, 5}; }));
  EXPECT_FALSE(suits([](auto& shape, auto&) { shape.weights[1] = shape.source[1] = 24; }));
  EXPECT_FALSE(suits([](auto& shape, auto&) { shape.weights[0] = shape.target[1] = 40; }));
  EXPECT_FALSE(suits([](auto& shape, auto&) { shape.target[2] = shape.target[3] = 8; }));
  EXPECT_FALSE(suits([](auto&, auto& epilogue) { epilogue.function = onednn::Function{.kind = Kind::tanh}; }));
  EXPECT_FALSE(
      suits([](auto&, auto& epilogue) { epilogue.function = onednn::Function{.kind = Kind::relu, .alpha = 0.1F}; }));
}

}  // namespace
}  // namespace cleave::cpu
