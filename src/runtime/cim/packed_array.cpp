#include "runtime/cim/packed_array.hpp"

#include "runtime/cim/cell_noise.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numeric>

namespace cleave::cim {
namespace {

/// What standard deviations beyond which a programmed cell does not lie.
constexpr double kFarthest = 6;

int digit_of(int weight, int slice, const Crossbar& crossbar) {
  const int magnitude = (std::abs(weight) >> crossbar.shift(slice)) & ((1 << crossbar.cell_bits) - 1);
  return weight < 0 ? -magnitude : magnitude;
}

std::int64_t longest(const std::vector<RowBlock>& blocks) {
  std::int64_t rows = 0;
  for (const RowBlock& block : blocks) rows = std::max(rows, block.end - block.begin);
  return rows;
}

/// The largest value of a pair of cells, in digits.
double largest_pair(int slice, const Crossbar& crossbar, const CellNoise& noise) {
  return crossbar.largest_digit(slice) + kFarthest * pair_sigma(crossbar, noise);
}

/// Noisy cells are whole numbers of a fraction 1 / unit_scale of a digit: as fine as 16 bits and the sums allow.
std::int64_t finest_unit_scale(std::int64_t rows, const Crossbar& crossbar, const CellNoise& noise) {
  const double pair = largest_pair(0, crossbar, noise);
  const double input = (1 << crossbar.dac_bits) - 1;
  std::int64_t scale = 1;
  while (scale < 256 && 2 * pair * static_cast<double>(scale) < 32767 &&
         2 * pair * static_cast<double>(scale) * input * static_cast<double>(rows) < 0x1p31)
    scale *= 2;
  return scale;
}

}  // namespace

PackedArray::PackedArray(const QuantizedWeights& weights, std::vector<RowBlock> blocks, const Crossbar& crossbar,
                         const CellNoise& noise)
    : crossbar_(crossbar), blocks_(std::move(blocks)), rows_(weights.rows), columns_(weights.columns) {
  wide_ = noise.sigma > 0;
  if (wide_) unit_scale_ = finest_unit_scale(longest(blocks_), crossbar, noise);
  const auto find_largest_sums = [&] {
    const std::int64_t inputs = longest(blocks_) * ((1 << crossbar_.dac_bits) - 1);
    largest_sums_.clear();
    for (int slice = 0; slice < crossbar_.slices(); ++slice)
      largest_sums_.push_back(static_cast<std::int64_t>(
                                  std::ceil(largest_pair(slice, crossbar_, noise) * static_cast<double>(unit_scale_))) *
                              inputs);
  };
  find_largest_sums();
  if (!wide_ && std::ranges::max(largest_sums_) <= crossbar.largest_code()) {
    merge();
    find_largest_sums();
  }
  slices_ = crossbar_.slices();
  steps_ = crossbar_.input_steps();
  dac_bits_ = crossbar_.dac_bits;
  pack_cells(weights, noise);
  set_ranges(std::vector<double>(largest_sums_.begin(), largest_sums_.end()));
  for (std::int64_t column = 0; column < columns_; ++column) {
    std::int64_t sum = 0;
    for (std::int64_t row = 0; row < rows_; ++row) sum += weights.at(row, column);
    column_sums_.push_back(sum);
  }
}

/// Converters that resolve every sum change nothing, however rows, inputs and weights are cut: then they need not be.
void PackedArray::merge() {
  blocks_ = {{0, rows_}};
  crossbar_.dac_bits = crossbar_.input_bits;
  crossbar_.cell_bits = crossbar_.weight_bits;
  crossbar_.adc_bits = 32;
}

void PackedArray::pack_cells(const QuantizedWeights& weights, const CellNoise& noise) {
  const std::int64_t products = wide_ ? 2 : 4;
  std::int32_t units = 0;
  plain_ = !wide_ && steps_ == 1;
  for (const RowBlock& block : blocks_) {
    const std::int64_t rows = block.end - block.begin;
    if (rows % products != 0 && block.end != rows_) plain_ = false;
    units += static_cast<std::int32_t>((rows + products - 1) / products);
    block_ends_.push_back(units);
  }
  const auto slice_bytes = static_cast<std::size_t>(units) * kStrip * 4;
  cells_.assign(slice_bytes * static_cast<std::size_t>(slices_ * strips()) + kUnitsBeyond * kStrip * 4, std::byte{0});
  for (std::int64_t column = 0; column < columns_; ++column)
    for (int slice = 0; slice < slices_; ++slice) {
      std::byte* strip =
          cells_.data() + (static_cast<std::size_t>(column / kStrip) * static_cast<std::size_t>(slices_) +
                           static_cast<std::size_t>(slice)) *
                              slice_bytes;
      const double most = largest_pair(slice, crossbar_, noise);
      for (std::size_t b = 0; b < blocks_.size(); ++b)
        for (std::int64_t row = blocks_[b].begin; row < blocks_[b].end; ++row) {
          const std::int64_t place = row - blocks_[b].begin;
          const std::int64_t unit = (b == 0 ? 0 : block_ends_[b - 1]) + place / products;
          std::byte* at = strip + (unit * kStrip + column % kStrip) * 4 + place % products * (4 / products);
          const int digit = digit_of(weights.at(row, column), slice, crossbar_);
          if (wide_) {
            const double value = digit + pair_deviation(crossbar_, noise, slice, row, column);
            const auto cell = static_cast<std::int16_t>(
                std::lround(std::clamp(value, -most, most) * static_cast<double>(unit_scale_)));
            std::memcpy(at, &cell, sizeof(cell));
          } else {
            *at = static_cast<std::byte>(digit);
          }
        }
    }
}

void PackedArray::pack(const std::uint8_t* rows, std::byte* to) const {
  const std::size_t products = wide_ ? 2 : 4;
  for (int step = 0; step < steps_; ++step, to += step_bytes()) {
    const int shift = step * dac_bits_, mask = (1 << dac_bits_) - 1;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const auto count = static_cast<std::size_t>(blocks_[b].end - blocks_[b].begin);
      const std::uint8_t* from = rows + blocks_[b].begin;
      const auto first = static_cast<std::size_t>(b == 0 ? 0 : block_ends_[b - 1]);
      std::byte* out = to + 4 * first;
      const std::size_t padded = (count + products - 1) / products * products;
      if (!wide_) {
        for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::byte>((from[i] >> shift) & mask);
        for (std::size_t i = count; i < padded; ++i) out[i] = std::byte{0};
        continue;
      }
      auto* wide = reinterpret_cast<std::int16_t*>(out);
      for (std::size_t i = 0; i < padded; ++i)
        wide[i] = static_cast<std::int16_t>(i < count ? (from[i] >> shift) & mask : 0);
    }
  }
}

Reading PackedArray::reading(int strip, int slice) const {
  const auto slice_bytes = static_cast<std::size_t>(block_ends_.back()) * kStrip * 4;
  return {.vector_bytes = static_cast<std::ptrdiff_t>(vector_bytes()),
          .step_bytes = static_cast<std::ptrdiff_t>(step_bytes()),
          .steps = steps_,
          .dac_bits = dac_bits_,
          .cells = cells_.data() + slice_bytes * static_cast<std::size_t>(strip * slices_ + slice),
          .block_ends = block_ends_,
          .wide = wide_,
          .half_strip = columns_ - std::int64_t{strip} * kStrip <= kStrip / 2,
          .converter = converters_[static_cast<std::size_t>(slice)]};
}

void PackedArray::set_ranges(std::span<const double> ranges) {
  converters_.clear();
  slice_steps_.clear();
  const std::int64_t codes = crossbar_.largest_code();
  for (int slice = 0; slice < slices_; ++slice) {
    Converter converter;
    const double finest = static_cast<double>(unit_scale_);
    converter.exact = !wide_ && largest_sum(slice) <= codes;
    if (!converter.exact) {
      const double range = std::min(ranges[static_cast<std::size_t>(slice)], static_cast<double>(largest_sum(slice)));
      converter.limit = static_cast<float>(codes);
      converter.gain = static_cast<float>(1 / std::max(finest, range / static_cast<double>(codes)));
    }
    converters_.push_back(converter);
    slice_steps_.push_back(
        static_cast<float>(std::ldexp(1 / static_cast<double>(converter.gain), crossbar_.shift(slice)) / finest));
  }
}

}  // namespace cleave::cim
