#pragma once
/// The cells of one product, packed for the kernels, and the converters that read them.

#include "runtime/cim/crossbar.hpp"
#include "runtime/cim/quantized_weights.hpp"
#include "runtime/cim/read_kernel.hpp"

#include <cleave/tensor.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace cleave::cim {

/// Deviations of programmed cells: Gaussian, a function of the seed and of where the cell is, nothing else.
struct CellNoise {
  double sigma = 0;  ///< as a share of a cell's largest value; of each cell of a pair
  std::uint64_t seed = 0;
};

class PackedArray {
 public:
  /// `blocks` as row_blocks makes them. Converters have the full range of what can occur, until they are set.
  PackedArray(const QuantizedWeights& weights, std::vector<RowBlock> blocks, const Crossbar& crossbar,
              const CellNoise& noise);

  [[nodiscard]] std::int64_t columns() const { return columns_; }
  [[nodiscard]] int strips() const { return static_cast<int>((columns_ + kStrip - 1) / kStrip); }
  [[nodiscard]] int slices() const { return slices_; }
  [[nodiscard]] int steps() const { return steps_; }
  [[nodiscard]] std::int64_t blocks() const { return static_cast<std::int64_t>(blocks_.size()); }
  /// What one input vector takes, packed: all steps, and each of them.
  [[nodiscard]] std::size_t vector_bytes() const { return step_bytes() * static_cast<std::size_t>(steps_); }
  [[nodiscard]] std::size_t step_bytes() const { return 4 * static_cast<std::size_t>(block_ends_.back()); }
  /// Rows lie as they come, a byte each, up to three more behind the last: such vectors need not be packed.
  [[nodiscard]] bool takes_plain_inputs() const { return plain_; }
  /// Cuts the `rows` of one input vector into steps and units.
  void pack(const std::uint8_t* rows, std::byte* to) const;

  /// What to give to a kernel for strip `strip` of slice `slice`; inputs and sums are the caller's.
  [[nodiscard]] Reading reading(int strip, int slice) const;

  /// The largest partial sum that can occur in slice `slice`, in units of `unit_scale`.
  [[nodiscard]] std::int64_t largest_sum(int slice) const { return largest_sums_[static_cast<std::size_t>(slice)]; }
  /// Partial sums of the kernels are this many times those of whole digits.
  [[nodiscard]] std::int64_t unit_scale() const { return unit_scale_; }
  /// Lets the converters of each slice clip at `ranges`, in kernel units. A step is never finer than a digit.
  void set_ranges(std::span<const double> ranges);
  /// What one code of each slice is worth, as a multiple of input unit times weight unit.
  [[nodiscard]] std::span<const float> slice_steps() const { return slice_steps_; }
  /// Sum over the rows of each column of the nominal weights.
  [[nodiscard]] std::span<const std::int64_t> column_sums() const { return column_sums_; }

 private:
  void pack_cells(const QuantizedWeights& weights, const CellNoise& noise);
  void merge();

  Crossbar crossbar_;
  std::vector<RowBlock> blocks_;
  std::int64_t rows_ = 0, columns_ = 0;
  int slices_ = 1, steps_ = 1, dac_bits_ = 8;
  bool wide_ = false, plain_ = false;
  std::int64_t unit_scale_ = 1;
  std::vector<std::int32_t> block_ends_;  ///< in units
  std::vector<std::int64_t> largest_sums_;
  std::vector<Converter> converters_;
  std::vector<float> slice_steps_;
  std::vector<std::int64_t> column_sums_;
  Bytes cells_;  ///< [strip][slice][unit][kStrip][4]
};

}  // namespace cleave::cim
