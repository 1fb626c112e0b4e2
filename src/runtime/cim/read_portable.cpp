// The loops in plain C++, for processors without AVX512-VNNI and to compare with. Compiled without contraction of
// a * b + c, so that both say the same bits.
#include "runtime/cim/read_kernel.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace cleave::cim {
namespace {

using Sums = std::array<std::int32_t, kStrip>;

/// Adding and subtracting it rounds a double to a whole number, halves to even.
constexpr double kRounder = 0x1.8p52;

template <class Input, class Cell>
void add_unit(Sums& sums, const std::byte* input, const std::byte* cells) {
  constexpr int kProducts = 4 / sizeof(Cell);
  std::array<Input, kProducts> x;
  std::memcpy(x.data(), input, 4);
  std::array<Cell, kProducts * kStrip> w;
  std::memcpy(w.data(), cells, sizeof(w));
  for (std::size_t c = 0; c < kStrip; ++c)
    for (std::size_t p = 0; p < kProducts; ++p)
      sums[c] += static_cast<std::int32_t>(x[p]) * static_cast<std::int32_t>(w[c * kProducts + p]);
}

std::int32_t code_of(std::int32_t sum, const Converter& converter) {
  const double code = static_cast<double>(static_cast<float>(sum)) * static_cast<double>(converter.gain);
  const double rounded = code + kRounder - kRounder;
  const auto limit = static_cast<double>(converter.limit);
  return static_cast<std::int32_t>(std::min(std::max(rounded, -limit), limit));
}

void read_vector(const Reading& reading, int vector) {
  std::int32_t* total = reading.sums + vector * kStrip;
  std::fill_n(total, kStrip, 0);
  for (int step = reading.steps; step-- > 0;) {
    for (int c = 0; c < kStrip; ++c) total[c] *= 1 << reading.dac_bits;
    const std::byte* input = reading.inputs + vector * reading.vector_bytes + step * reading.step_bytes;
    std::int32_t unit = 0;
    for (const std::int32_t end : reading.block_ends) {
      Sums sums{};
      for (; unit < end; ++unit) {
        const std::byte* cells = reading.cells + std::ptrdiff_t{unit} * kStrip * 4;
        reading.wide ? add_unit<std::int16_t, std::int16_t>(sums, input + std::ptrdiff_t{unit} * 4, cells)
                     : add_unit<std::uint8_t, std::int8_t>(sums, input + std::ptrdiff_t{unit} * 4, cells);
      }
      for (std::size_t c = 0; c < kStrip; ++c)
        total[c] += reading.converter.exact ? sums[c] : code_of(sums[c], reading.converter);
    }
  }
}

void read(const Reading& reading) {
  for (int vector = 0; vector < reading.vectors; ++vector) read_vector(reading, vector);
}

std::uint8_t input_of(float x, const InputScale& scale) {
  return static_cast<std::uint8_t>(std::nearbyintf(std::min(std::max(0.0F, x * scale.gain + scale.zero), scale.most)));
}

void finish(const Finishing& finishing) {
  for (int row = 0; row < finishing.vectors; ++row)
    for (int c = 0; c < finishing.columns; ++c) {
      float number = static_cast<float>(finishing.sums[row * kStrip + c]) * finishing.slice_steps[0];
      for (std::size_t slice = 1; slice < finishing.slice_steps.size(); ++slice)
        number += static_cast<float>(finishing.sums[(static_cast<int>(slice) * kMostVectors + row) * kStrip + c]) *
                  finishing.slice_steps[slice];
      number = number * finishing.scale[c] + finishing.offset[c];
      const std::ptrdiff_t at = row * finishing.row_stride + c;
      if (finishing.residual) number += finishing.residual[at];
      number = std::min(std::max(number, finishing.low), finishing.high);
      if (finishing.result) finishing.result[at] = number;
      if (finishing.inputs) finishing.inputs[at] = input_of(number, finishing.input_scale);
    }
}

void read_finished(std::span<const ReadingToEnd> readings) {
  for (const auto& [reading, finishing] : readings) {
    read(reading);
    finish(finishing);
  }
}

void quantize(std::span<const float> from, const InputScale& scale, std::uint8_t* to) {
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = input_of(from[i], scale);
}

void gather(const Gathering& gathering) {
  std::uint8_t* to = gathering.to;
  for (const std::int64_t piece : gathering.pieces) to = std::copy_n(gathering.from + piece, gathering.length, to);
}

}  // namespace

ReadKernels portable_kernels() { return {kMostVectors, read, finish, read_finished, quantize, gather}; }

}  // namespace cleave::cim
