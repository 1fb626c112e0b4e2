#include "runtime/cim/product.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

namespace cleave::cim {
namespace {

int pick(std::mt19937& random, int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); }

struct Problem {
  ProductShape shape;
  ProductWeights weights;
  std::vector<float> source, residual;
};

/// A convolution of any of its parameters; of a pointwise one, inputs may be read where they lie, and there may be more
/// columns than are read at once.
Problem random_problem(std::mt19937& random, bool pointwise = false) {
  Problem problem;
  Patches& patches = problem.shape.patches;
  problem.shape.groups = pick(random, 1, 3);
  patches.batch = pick(random, 1, 2);
  patches.group_channels = pick(random, 1, 40);
  patches.channels = patches.group_channels * problem.shape.groups;
  problem.shape.group_columns = pick(random, 1, pointwise ? 700 : 40);
  problem.shape.unrolled = pick(random, 0, 1) == 1;
  for (std::size_t i = 0; i < 3; ++i) {
    patches.kernel[i] = pointwise ? 1 : pick(random, 1, 3);
    patches.strides[i] = pointwise ? 1 : pick(random, 1, 3);
    patches.dilations[i] = pick(random, 1, 2);
    patches.pads[i] = pointwise ? 0 : pick(random, 0, 1);
    patches.source[i] = pick(random, 1, 6);
    // Windows may reach beyond the end, as with padding there.
    const std::int64_t reach = (patches.kernel[i] - 1) * patches.dilations[i] + 1;
    const std::int64_t room = patches.source[i] + 2 * patches.pads[i] - reach;
    patches.target[i] = room < 0 ? 1 : room / patches.strides[i] + 1;
  }
  std::uniform_real_distribution<float> number(-1, 2);
  for (std::int64_t group = 0; group < problem.shape.groups; ++group) {
    std::vector<float> weights(static_cast<std::size_t>(patches.rows() * problem.shape.group_columns));
    for (float& weight : weights) weight = number(random) - 0.5F;
    problem.weights.groups.push_back(
        quantize_weights(weights, patches.rows(), problem.shape.group_columns, 1, patches.rows(), 127));
  }
  for (std::int64_t i = 0; i < problem.shape.groups * problem.shape.group_columns; ++i)
    problem.weights.bias.push_back(number(random));
  for (std::int64_t i = 0; i < patches.source_elements(); ++i) problem.source.push_back(number(random));
  for (std::int64_t i = 0; i < patches.vectors() * problem.shape.groups * problem.shape.group_columns; ++i)
    problem.residual.push_back(number(random));
  return problem;
}

/// The convolution of the quantised numbers, in double.
std::vector<double> exact_results(const Problem& problem, const InputCode& code, int most) {
  const ProductShape& shape = problem.shape;
  const Patches& p = shape.patches;
  const auto input = [&](std::int64_t n, Extents at, std::int64_t channel) {
    for (std::size_t i = 0; i < 3; ++i)
      if (at[i] < 0 || at[i] >= p.source[i]) return 0.0;
    const std::int64_t pixel = ((n * p.source[0] + at[0]) * p.source[1] + at[1]) * p.source[2] + at[2];
    const float x = problem.source[static_cast<std::size_t>(pixel * p.channels + channel)];
    const float scaled =
        std::clamp(x * (1 / code.step) + static_cast<float>(code.zero), 0.0F, static_cast<float>(most));
    return (static_cast<double>(std::nearbyint(scaled)) - code.zero) * static_cast<double>(code.step);
  };
  std::vector<double> results;
  for (std::int64_t v = 0; v < p.vectors(); ++v)
    for (std::int64_t column = 0; column < shape.groups * shape.group_columns; ++column) {
      const std::int64_t group = column / shape.group_columns, own = column % shape.group_columns;
      const QuantizedWeights& weights = problem.weights.groups[static_cast<std::size_t>(group)];
      Extents out{};
      std::int64_t n = v;
      for (std::size_t i = 3; i-- > 0; n /= p.target[i]) out[i] = n % p.target[i];
      double sum = static_cast<double>(problem.weights.bias[static_cast<std::size_t>(column)]);
      std::int64_t row = 0;
      for (std::int64_t a = 0; a < p.kernel[0]; ++a)
        for (std::int64_t b = 0; b < p.kernel[1]; ++b)
          for (std::int64_t c = 0; c < p.kernel[2]; ++c)
            for (std::int64_t channel = 0; channel < p.group_channels; ++channel, ++row) {
              const Extents at{out[0] * p.strides[0] - p.pads[0] + a * p.dilations[0],
                               out[1] * p.strides[1] - p.pads[1] + b * p.dilations[1],
                               out[2] * p.strides[2] - p.pads[2] + c * p.dilations[2]};
              sum += input(n, at, group * p.group_channels + channel) * weights.at(row, own) *
                     static_cast<double>(weights.scales[static_cast<std::size_t>(own)]);
            }
      results.push_back(sum);
    }
  return results;
}

std::vector<ReadKernels> fast_kernels() {
  std::vector<ReadKernels> kernels;
  if (has_avx512_vnni()) kernels.push_back(avx512_kernels());
  if (has_amx_int8()) kernels.push_back(amx_kernels());
  return kernels;
}

std::vector<float> run(const Product& product, const Problem& problem, bool adds) {
  std::vector<float> result(problem.residual.size());
  Bytes scratch(product.scratch_bytes(), std::byte{0x5A});
  product.run(
      {.source = problem.source.data(), .residual = adds ? problem.residual.data() : nullptr, .target = result.data()},
      scratch.data());
  return result;
}

TEST(CimProduct, AnIdealCrossbarComputesTheQuantisedConvolution) {
  std::mt19937 random(4);
  for (int trial = 0; trial < 50; ++trial) {
    const Problem problem = random_problem(random);
    Crossbar crossbar{.array_rows = pick(random, 8, 300), .adc_bits = 21};
    crossbar.rows_active = std::min<std::int64_t>(crossbar.array_rows, 30);
    crossbar.cell_bits = pick(random, 1, 8);
    crossbar.dac_bits = pick(random, 1, 8);
    const InputCode code = input_code(-1, 2, crossbar.largest_input());
    const Product product(problem.shape, problem.weights, crossbar, code, {}, best_kernels());
    const bool adds = trial % 2 == 0;
    const std::vector<float> result = run(product, problem, adds);
    const std::vector<double> exact = exact_results(problem, code, crossbar.largest_input());
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const double want = exact[i] + (adds ? static_cast<double>(problem.residual[i]) : 0);
      ASSERT_NEAR(static_cast<double>(result[i]), want, 1e-4 * (1 + std::abs(want)))
          << "trial " << trial << " at " << i;
    }
  }
}

TEST(CimProduct, AllKernelsComputeTheSameBits) {
  if (!has_avx512_vnni()) GTEST_SKIP() << "this processor has no AVX512-VNNI";
  std::mt19937 random(5);
  for (int trial = 0; trial < 50; ++trial) {
    const Problem problem = random_problem(random);
    Crossbar crossbar{.array_rows = pick(random, 1, 100), .adc_bits = pick(random, 2, 9)};
    crossbar.rows_active = pick(random, 1, static_cast<int>(crossbar.array_rows));
    crossbar.cell_bits = pick(random, 1, 8);
    crossbar.dac_bits = pick(random, 1, 8);
    const InputCode code = input_code(-1, 2, crossbar.largest_input());
    const CellNoise noise{.sigma = trial % 3 == 0 ? 0.02 : 0, .seed = 3};
    Product portable(problem.shape, problem.weights, crossbar, code, noise, portable_kernels());
    portable.clamp_results(-0.5F, 6);
    const auto a = run(portable, problem, trial % 2 == 0);
    for (const ReadKernels& kernels : fast_kernels()) {
      Product fast(problem.shape, problem.weights, crossbar, code, noise, kernels);
      fast.clamp_results(-0.5F, 6);
      const auto b = run(fast, problem, trial % 2 == 0);
      ASSERT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0)
          << "trial " << trial << ", " << kernels.vectors << " vectors";
    }
  }
}

/// What crossbars take of `numbers`, by the definition.
std::vector<std::uint8_t> inputs_of(const std::vector<float>& numbers, const InputCode& code, int largest) {
  std::vector<std::uint8_t> inputs(Product::input_bytes(static_cast<std::int64_t>(numbers.size())), 0x5A);
  const InputScale scale{
      .gain = 1 / code.step, .zero = static_cast<float>(code.zero), .most = static_cast<float>(largest)};
  portable_kernels().quantize(numbers, scale, inputs.data());
  return inputs;
}

TEST(CimProduct, TakesTheInputsThatAnotherMakes) {
  std::mt19937 random(7);
  std::vector<ReadKernels> all = fast_kernels();
  all.push_back(portable_kernels());
  for (int trial = 0; trial < 40; ++trial) {
    const Problem problem = random_problem(random, trial % 2 == 0);
    Crossbar crossbar{.array_rows = pick(random, 1, 100), .rows_active = 20, .adc_bits = pick(random, 2, 9)};
    crossbar.rows_active = std::min(crossbar.array_rows, crossbar.rows_active);
    if (trial % 4 < 2) crossbar.dac_bits = crossbar.cell_bits = 4;
    const CellNoise noise{.sigma = trial % 5 == 0 ? 0.02 : 0, .seed = 3};
    const InputCode code = input_code(-1, 2, crossbar.largest_input());
    const InputCode next = input_code(-4, 3, crossbar.largest_input());
    const auto inputs = inputs_of(problem.source, code, crossbar.largest_input());
    std::vector<float> first;
    for (const ReadKernels& kernels : all) {
      Product product(problem.shape, problem.weights, crossbar, code, noise, kernels);
      product.set_next_code(next);
      product.clamp_results(-3.5F, 2.5F);
      const std::vector<float> expected = run(product, problem, trial % 3 == 0);
      if (&kernels == all.data()) first = expected;
      ASSERT_EQ(expected, first) << "trial " << trial << ", " << kernels.vectors << " vectors";
      const auto expected_inputs = inputs_of(expected, next, crossbar.largest_input());
      std::vector<float> result(expected.size());
      std::vector<std::uint8_t> both(expected.size()), alone(expected.size());
      Bytes scratch(product.scratch_bytes(), std::byte{0x5A});
      Operands operands{.inputs = inputs.data(),
                        .residual = trial % 3 == 0 ? problem.residual.data() : nullptr,
                        .target = result.data(),
                        .next_inputs = both.data()};
      product.run(operands, scratch.data());
      operands.target = nullptr;
      operands.next_inputs = alone.data();
      product.run(operands, scratch.data());
      ASSERT_EQ(result, expected) << "trial " << trial << ", " << kernels.vectors << " vectors";
      ASSERT_TRUE(std::equal(both.begin(), both.end(), expected_inputs.begin())) << "trial " << trial;
      ASSERT_EQ(alone, both) << "trial " << trial;
    }
  }
}

TEST(CimProduct, ObservesEveryPartialSumOfAVector) {
  std::mt19937 random(6);
  const Problem problem = random_problem(random);
  const Crossbar crossbar{.array_rows = 16, .rows_active = 16, .cell_bits = 4, .dac_bits = 4, .adc_bits = 4};
  const InputCode code = input_code(-1, 2, crossbar.largest_input());
  const Product product(problem.shape, problem.weights, crossbar, code, {}, best_kernels());
  Bytes scratch(product.scratch_bytes());
  std::size_t seen = 0;
  product.observe(problem.source.data(), 1, scratch.data(),
                  [&](int slice, int step, std::span<const std::int32_t> sums) {
                    seen += sums.size();
                    for (const std::int32_t sum : sums) {
                      EXPECT_LE(std::abs(sum), product.array().largest_sum(slice));
                      EXPECT_LT(step, 2);
                    }
                  });
  EXPECT_EQ(seen, static_cast<std::size_t>(problem.shape.groups * problem.shape.group_columns * 2 * 2 *
                                           product.array().blocks()));
}

TEST(CimProduct, RangesHoldZero) {
  EXPECT_EQ(input_code(1, 3, 255).zero, 0);
  EXPECT_FLOAT_EQ(input_code(1, 3, 255).step, 3.0F / 255);
  EXPECT_EQ(input_code(-3, -1, 255).zero, 255);
  EXPECT_EQ(input_code(0, 0, 255).step, 1);
  EXPECT_EQ(input_code(-1, 1, 15).zero, 8);
}

}  // namespace
}  // namespace cleave::cim
