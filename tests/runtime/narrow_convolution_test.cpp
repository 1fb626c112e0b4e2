/// Convolutions of few channels against plain loops in double.

#include "runtime/cpu/narrow_convolution.hpp"
#include "runtime/random_floats.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

namespace cleave::cpu {
namespace {

using Kind = onednn::Function::Kind;

struct Window {
  std::int64_t size = 1, stride = 1, begin = 0, end = 0;

  [[nodiscard]] std::int64_t results(std::int64_t pixels) const { return (begin + pixels + end - size) / stride + 1; }
};

onednn::ConvolutionShape shape_of(const Shape& source, std::int64_t out, std::int64_t groups, const Window& down,
                                  const Window& across) {
  return {.source = source,
          .weights = {out, source[1] / groups, down.size, across.size},
          .target = {source[0], out, down.results(source[2]), across.results(source[3])},
          .groups = groups,
          .strides = {down.stride, across.stride},
          .dilations = {1, 1},
          .pads_begin = {down.begin, across.begin},
          .pads_end = {down.end, across.end}};
}

/// One convolution with random numbers.
class Problem {
 public:
  Problem(const onednn::ConvolutionShape& of, unsigned seed) : shape_(of) {
    std::mt19937 random(seed);
    source_ = random_floats(element_count(of.source), random);
    weights_ = random_floats(element_count(of.weights), random);
    bias_ = random_floats(of.target[1], random);
    held_ = random_floats(element_count(of.target), random);
  }

  void expect_right(const onednn::Epilogue& epilogue, bool has_bias) const {
    ASSERT_TRUE(suits_narrow_convolution(shape_, epilogue));
    const onednn::Library library;
    const auto routine =
        narrow_convolution(library, shape_, weights_.data(), has_bias ? bias_.data() : nullptr, epilogue);
    Bytes scratch(routine.scratch_bytes);
    Floats target = held_;
    target.resize(target.size() + kBehind, kUntouched);
    routine.run({.source = source_.data(), .target = target.data(), .scratch = scratch.data()});
    std::size_t at = 0;
    for (std::int64_t image = 0; image < shape_.target[0]; ++image)
      for (std::int64_t y = 0; y < shape_.target[2]; ++y)
        for (std::int64_t x = 0; x < shape_.target[3]; ++x)
          for (std::int64_t out = 0; out < shape_.target[1]; ++out, ++at) {
            const auto [value, size] = sum(image, y, x, out);
            const double whole = value + (has_bias ? static_cast<double>(bias_[static_cast<std::size_t>(out)]) : 0);
            ASSERT_NEAR(static_cast<double>(target[at]), finished(epilogue, whole, at), 1e-5 * (1 + size))
                << "image " << image << " at " << y << ", " << x << ", channel " << out;
          }
    for (; at < target.size(); ++at) ASSERT_EQ(target[at], kUntouched) << "behind the last result";
  }

 private:
  static constexpr std::size_t kBehind = 32;
  static constexpr float kUntouched = -77;

  struct Sum {
    double value = 0, size = 0;
  };
  [[nodiscard]] Sum sum(std::int64_t image, std::int64_t y, std::int64_t x, std::int64_t out) const {
    Sum sum;
    const std::int64_t channels = shape_.weights[1], first = out / (shape_.target[1] / shape_.groups) * channels;
    for (std::int64_t i = 0; i < shape_.weights[2]; ++i)
      for (std::int64_t j = 0; j < shape_.weights[3]; ++j) {
        const std::int64_t row = y * shape_.strides[0] - shape_.pads_begin[0] + i;
        const std::int64_t column = x * shape_.strides[1] - shape_.pads_begin[1] + j;
        if (row < 0 || row >= shape_.source[2] || column < 0 || column >= shape_.source[3]) continue;
        const std::int64_t pixel = ((image * shape_.source[2] + row) * shape_.source[3] + column) * shape_.source[1];
        for (std::int64_t c = 0; c < channels; ++c) {
          const std::int64_t weight = ((out * channels + c) * shape_.weights[2] + i) * shape_.weights[3] + j;
          const double term = static_cast<double>(source_[static_cast<std::size_t>(pixel + first + c)]) *
                              static_cast<double>(weights_[static_cast<std::size_t>(weight)]);
          sum.value += term;
          sum.size += std::abs(term);
        }
      }
    return sum;
  }

  [[nodiscard]] double finished(const onednn::Epilogue& epilogue, double value, std::size_t at) const {
    if (epilogue.sum) value += static_cast<double>(*epilogue.sum) * static_cast<double>(held_[at]);
    if (!epilogue.function) return value;
    if (epilogue.function->kind == Kind::relu) return std::max(value, 0.0);
    return std::clamp(value, static_cast<double>(epilogue.function->alpha),
                      static_cast<double>(epilogue.function->beta));
  }

  onednn::ConvolutionShape shape_;
  Floats source_, weights_, bias_, held_;
};

struct NarrowConvolution : testing::Test {
  void SetUp() override {
    if (!suits_narrow_convolution(shape_of({1, 3, 8, 8}, 16, 1, {3}, {3}), {}))
      GTEST_SKIP() << "this CPU has no AVX-512";
  }
};

TEST_F(NarrowConvolution, FirstLayers) {
  std::mt19937 random(1);
  const auto any = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (unsigned seed = 0; seed < 200; ++seed) {
    const auto window = [&] { return Window{any(1, 7), any(1, 3), any(0, 3), any(0, 3)}; };
    const Shape source{any(1, 2), any(1, 4), any(7, 40), any(7, 40)};
    SCOPED_TRACE(seed);
    Problem(shape_of(source, any(1, 70), 1, window(), window()), seed).expect_right({}, seed % 2 == 0);
  }
}

TEST_F(NarrowConvolution, PixelsInGroups) {
  std::mt19937 random(2);
  const auto any = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (unsigned seed = 0; seed < 100; ++seed) {
    const std::int64_t groups = any(2, 5);
    const Window down{1, any(1, 2), any(0, 1), any(0, 1)}, across{1, any(1, 2), any(0, 1), any(0, 1)};
    const Shape source{any(1, 2), groups * any(16, 70), any(1, 9), any(1, 9)};
    SCOPED_TRACE(seed);
    Problem(shape_of(source, groups * any(1, 70), groups, down, across), seed).expect_right({}, seed % 2 == 0);
    Problem(shape_of(source, groups * any(1, 70), groups, {}, {}), seed).expect_right({}, seed % 2 == 0);
  }
}

TEST_F(NarrowConvolution, WhatFollowsTheSum) {
  const Problem first(shape_of({1, 3, 19, 23}, 20, 1, {3, 2, 1, 1}, {3, 2, 1, 1}), 1);
  const Problem grouped(shape_of({2, 68, 5, 7}, 72, 2, {}, {}), 2);
  for (const Problem& problem : {first, grouped}) {
    problem.expect_right({.sum = 0.5F}, true);
    problem.expect_right({.function = onednn::Function{.kind = Kind::relu}}, true);
    problem.expect_right({.sum = 1.0F, .function = onednn::Function{.kind = Kind::clip, .alpha = -1, .beta = 2}},
                         false);
  }
}

TEST_F(NarrowConvolution, OthersDoNotSuit) {
  const auto suits = [](const onednn::ConvolutionShape& shape) { return suits_narrow_convolution(shape, {}); };
  EXPECT_FALSE(suits(shape_of({1, 5, 9, 9}, 16, 1, {3}, {3}))) << "many channels";
  EXPECT_FALSE(suits(shape_of({1, 32, 9, 9}, 32, 32, {3}, {3}))) << "a channel each";
  EXPECT_FALSE(suits(shape_of({1, 64, 9, 9}, 64, 2, {3}, {3}))) << "windows of groups";
  EXPECT_FALSE(suits(shape_of({1, 1024, 9, 9}, 64, 4, {}, {}))) << "pixels in the same cache set";
  EXPECT_FALSE(suits(shape_of({1, 3, 9, 2}, 16, 1, {3}, {3}))) << "no results";
  onednn::ConvolutionShape dilated = shape_of({1, 3, 9, 9}, 16, 1, {3}, {3});
  dilated.dilations = {2, 2};
  EXPECT_FALSE(suits(dilated));
  EXPECT_FALSE(suits_narrow_convolution(shape_of({1, 3, 8, 8}, 16, 1, {3}, {3}),
                                        {.function = onednn::Function{.kind = Kind::gelu_erf}}));
}

}  // namespace
}  // namespace cleave::cpu
