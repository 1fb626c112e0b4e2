#include "runtime/cim/cell_noise.hpp"
#include "runtime/cim/oracle.hpp"
#include "runtime/cim/packed_array.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace cleave::cim {
namespace {

std::vector<ReadKernels> all_kernels() {
  std::vector<ReadKernels> kernels{portable_kernels()};
  if (has_avx512_vnni()) kernels.push_back(avx512_kernels());
  if (has_amx_int8()) kernels.push_back(amx_kernels());
  return kernels;
}

struct Case {
  Crossbar crossbar;
  QuantizedWeights weights;
  std::vector<RowBlock> blocks;
  std::vector<std::vector<std::uint8_t>> inputs;
};

int pick(std::mt19937& random, int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); }

Crossbar random_crossbar(std::mt19937& random) {
  Crossbar crossbar;
  crossbar.array_rows = pick(random, 1, 200);
  crossbar.rows_active = pick(random, 1, static_cast<int>(crossbar.array_rows));
  crossbar.weight_bits = pick(random, 2, 8);
  crossbar.input_bits = pick(random, 1, 8);
  crossbar.cell_bits = pick(random, 1, crossbar.weight_bits);
  crossbar.dac_bits = pick(random, 1, crossbar.input_bits);
  crossbar.adc_bits = pick(random, 2, 14);
  return crossbar;
}

Case random_case(std::mt19937& random, const Crossbar& crossbar) {
  Case made{.crossbar = crossbar, .weights = {}, .blocks = {}, .inputs = {}};
  made.weights = {.rows = pick(random, 1, 400), .columns = pick(random, 1, 70)};
  for (std::int64_t i = 0; i < made.weights.rows * made.weights.columns; ++i)
    made.weights.values.push_back(
        static_cast<std::int8_t>(pick(random, -crossbar.largest_weight(), crossbar.largest_weight())));
  made.weights.scales.assign(static_cast<std::size_t>(made.weights.columns), 1.0F);
  made.blocks = row_blocks(made.weights.rows, pick(random, 1, static_cast<int>(made.weights.rows)), crossbar);
  made.inputs.resize(static_cast<std::size_t>(pick(random, 1, 70)));
  for (auto& input : made.inputs)
    for (std::int64_t row = 0; row < made.weights.rows; ++row)
      input.push_back(static_cast<std::uint8_t>(pick(random, 0, crossbar.largest_input())));
  return made;
}

/// [slice][vector][column]
std::vector<std::vector<std::int64_t>> read_all(const Case& made, const PackedArray& array,
                                                const ReadKernels& kernels) {
  Bytes panel(array.vector_bytes() * made.inputs.size());
  for (std::size_t v = 0; v < made.inputs.size(); ++v)
    array.pack(made.inputs[v].data(), panel.data() + v * array.vector_bytes());
  const auto columns = static_cast<std::size_t>(array.columns());
  std::vector<std::vector<std::int64_t>> result(static_cast<std::size_t>(array.slices()),
                                                std::vector<std::int64_t>(made.inputs.size() * columns));
  for (int slice = 0; slice < array.slices(); ++slice)
    for (int strip = 0; strip < array.strips(); ++strip)
      for (std::size_t v = 0; v < made.inputs.size(); v += kMostVectors) {
        std::array<std::int32_t, kMostVectors * kStrip> sums{};
        Reading reading = array.reading(strip, slice);
        reading.inputs = panel.data() + v * array.vector_bytes();
        reading.vectors = static_cast<int>(std::min<std::size_t>(kMostVectors, made.inputs.size() - v));
        reading.sums = sums.data();
        kernels.read(reading);
        for (std::size_t i = 0; i < static_cast<std::size_t>(reading.vectors); ++i)
          for (std::size_t c = 0; c < kStrip && static_cast<std::size_t>(strip) * kStrip + c < columns; ++c)
            result[static_cast<std::size_t>(slice)][(v + i) * columns + static_cast<std::size_t>(strip) * kStrip + c] =
                sums[i * kStrip + c];
      }
  return result;
}

TEST(CimArray, KernelsReadWhatTheDefinitionSays) {
  std::mt19937 random(1);
  int clipped = 0, merged = 0;
  for (int trial = 0; trial < 80; ++trial) {
    const Case made = random_case(random, random_crossbar(random));
    PackedArray array(made.weights, made.blocks, made.crossbar, {});
    if (array.slices() != made.crossbar.slices() || array.steps() != made.crossbar.input_steps()) {
      ++merged;
      continue;
    }
    if (trial % 2 == 0) {
      std::vector<double> ranges;
      for (int slice = 0; slice < array.slices(); ++slice)
        ranges.push_back(static_cast<double>(array.largest_sum(slice)) * 0.05 * pick(random, 1, 8));
      array.set_ranges(ranges);
    }
    for (const ReadKernels& kernels : all_kernels()) {
      const auto read = read_all(made, array, kernels);
      for (int slice = 0; slice < array.slices(); ++slice) {
        const Converter converter = array.reading(0, slice).converter;
        clipped += !converter.exact;
        ASSERT_EQ(read[static_cast<std::size_t>(slice)],
                  oracle_read(made.inputs, made.weights, made.blocks, made.crossbar, slice, converter))
            << "trial " << trial << " slice " << slice;
      }
    }
  }
  EXPECT_GT(clipped, 50);
  EXPECT_LT(merged, 50);
}

TEST(CimArray, EnoughConverterBitsMakeTheProductExact) {
  std::mt19937 random(2);
  for (int trial = 0; trial < 60; ++trial) {
    Crossbar crossbar = random_crossbar(random);
    crossbar.adc_bits = 21;
    // Wide enough for any sum of these arrays, whether they are merged for it or not.
    crossbar.rows_active = std::min<std::int64_t>(crossbar.rows_active, 32);
    const Case made = random_case(random, crossbar);
    const PackedArray array(made.weights, made.blocks, crossbar, {});
    for (const ReadKernels& kernels : all_kernels()) {
      const auto read = read_all(made, array, kernels);
      for (std::size_t v = 0; v < made.inputs.size(); ++v)
        for (std::int64_t column = 0; column < made.weights.columns; ++column) {
          std::int64_t exact = 0;
          for (std::int64_t row = 0; row < made.weights.rows; ++row)
            exact += std::int64_t{made.inputs[v][static_cast<std::size_t>(row)]} * made.weights.at(row, column);
          double sum = 0;
          for (std::size_t slice = 0; slice < read.size(); ++slice)
            sum +=
                static_cast<double>(array.slice_steps()[slice]) *
                static_cast<double>(
                    read[slice][v * static_cast<std::size_t>(made.weights.columns) + static_cast<std::size_t>(column)]);
          ASSERT_EQ(sum, static_cast<double>(exact)) << "trial " << trial;
        }
    }
  }
}

TEST(CimArray, NoisyKernelsAgree) {
  if (!has_avx512_vnni()) GTEST_SKIP() << "this processor has no AVX512-VNNI";
  std::mt19937 random(3);
  for (int trial = 0; trial < 60; ++trial) {
    const Case made = random_case(random, random_crossbar(random));
    const PackedArray array(made.weights, made.blocks, made.crossbar, {.sigma = 0.03, .seed = 5});
    const auto portable = read_all(made, array, portable_kernels());
    for (const ReadKernels& kernels : all_kernels())
      ASSERT_EQ(portable, read_all(made, array, kernels)) << "trial " << trial;
  }
}

TEST(CimArray, NoiseIsThatOfTheSeedAndAsLargeAsAsked) {
  const Crossbar crossbar{.cell_bits = 4, .dac_bits = 4};
  const CellNoise noise{.sigma = 0.02, .seed = 9};
  double sum = 0, squares = 0;
  constexpr int kCells = 40000;
  for (int i = 0; i < kCells; ++i) {
    const double deviation = pair_deviation(crossbar, noise, i % 2, i / 200, i % 200);
    EXPECT_EQ(deviation, pair_deviation(crossbar, noise, i % 2, i / 200, i % 200));
    sum += deviation;
    squares += deviation * deviation;
  }
  const double sigma = pair_sigma(crossbar, noise);
  EXPECT_NEAR(sigma, 0.02 * std::sqrt(2.0) * 15, 1e-12);
  EXPECT_NEAR(sum / kCells, 0, 5 * sigma / std::sqrt(kCells));
  EXPECT_NEAR(std::sqrt(squares / kCells), sigma, 0.02 * sigma);
  EXPECT_NE(pair_deviation(crossbar, noise, 0, 0, 0), pair_deviation(crossbar, {0.02, 10}, 0, 0, 0));
}

TEST(CimArray, RowsAreCutAtArraysSegmentsAndBlocks) {
  const Crossbar crossbar{.array_rows = 100, .rows_active = 40};
  const std::vector<RowBlock> expected{{0, 40},    {40, 80},   {80, 100},  {100, 130},
                                       {130, 170}, {170, 210}, {210, 230}, {230, 260}};
  EXPECT_EQ(row_blocks(260, 130, crossbar), expected);
  EXPECT_EQ(row_blocks(3, 3, crossbar), (std::vector<RowBlock>{{0, 3}}));
}

}  // namespace
}  // namespace cleave::cim
