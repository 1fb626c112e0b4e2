#pragma once
/// How a crossbar chip computes a product, in the terms of its profile.
///
/// A weight of `weight_bits` is a sign and a magnitude. The magnitude is cut into slices of `cell_bits`; each is stored
/// in a pair of cells, one for either sign, whose currents are subtracted before the converter reads them (differential
/// encoding). Inputs are unsigned, `dac_bits` of them are applied at once, the most significant first. Rows are read in
/// blocks of `rows_active`. Every partial sum passes a converter of `adc_bits`; what it says is shifted and added.

#include <cleave/cluster.hpp>

#include <cstdint>
#include <vector>

namespace cleave::cim {

struct Crossbar {
  std::int64_t array_rows = 128;
  std::int64_t rows_active = 128;
  std::int64_t unrolled_side = 0;  ///< 0: no kernel is unrolled
  int cell_bits = 8, weight_bits = 8, input_bits = 8, dac_bits = 8, adc_bits = 8;
  double cell_sigma = 0;  ///< standard deviation of a programmed cell, as a share of its largest value
  bool nonvolatile = true;

  [[nodiscard]] int input_steps() const { return (input_bits + dac_bits - 1) / dac_bits; }
  /// Cells that the magnitude of a weight takes.
  [[nodiscard]] int slices() const { return (weight_bits - 1 + cell_bits - 1) / cell_bits; }
  [[nodiscard]] int largest_weight() const { return (1 << (weight_bits - 1)) - 1; }
  [[nodiscard]] int largest_input() const { return (1 << input_bits) - 1; }
  [[nodiscard]] int largest_digit(int slice) const;
  /// Magnitude bits below slice `slice`.
  [[nodiscard]] int shift(int slice) const { return slice * cell_bits; }
  /// Codes of a converter on either side of 0.
  [[nodiscard]] std::int64_t largest_code() const { return (std::int64_t{1} << (adc_bits - 1)) - 1; }
  friend bool operator==(const Crossbar&, const Crossbar&) = default;
};

/// Throws UsageError where the profile asks for what is not emulated.
[[nodiscard]] Crossbar crossbar_of(const Profile& profile);

/// Rows [begin, end) of a product that are read at once.
struct RowBlock {
  std::int64_t begin = 0, end = 0;
  friend bool operator==(const RowBlock&, const RowBlock&) = default;
};

/// Where the `k` rows of a product are cut: every `segment` rows have arrays of their own (`k` unless a kernel is
/// unrolled), an array ends after `array_rows`, and a block after `rows_active`.
[[nodiscard]] std::vector<RowBlock> row_blocks(std::int64_t k, std::int64_t segment, const Crossbar& crossbar);

}  // namespace cleave::cim
