#pragma once
/// Compute-in-memory crossbars: weights stand in the arrays, input vectors pass through them.
///
/// docs/cost-model.md has the equations. The converter term is that of DNN+NeuroSim (Peng et al., IEDM 2019; IEEE TCAD
/// 2021) and equals its output; so does the way in which operators fill tiles with copies of their weights.

#include "costmodel/work.hpp"

namespace cleave {

/// What carries activations to and from the arrays.
struct CimPath {
  double in_bytes_per_s = 1, out_bytes_per_s = 1;
  double in_j_per_byte = 0, out_j_per_byte = 0;
};

struct CimParameters {
  double launch_s = 0;
  std::int64_t array_rows = 1, array_cols = 1, arrays = 1;
  std::int64_t cell_bits = 1, weight_bits = 1, input_bits = 1, dac_bits = 1;
  std::int64_t rows_active = 1, columns_per_adc = 1;
  double conversion_s = 0, read_s = 0, accumulate_fraction = 0;
  std::int64_t vectors_per_copy = 0;  ///< 0: one copy
  std::int64_t tile_side = 0;         ///< 0: operators take single arrays
  std::int64_t unrolled_side = 0;     ///< 0: kernels are not unrolled
  double unrolled_accumulate_s = 0;
  double adc_j = 0, adc_cell_j = 0, driver_j = 0, column_j = 0, cell_j = 0, accumulate_j = 0;
  CimPath buffer = {}, unrolled_buffer = {};
  CimPath interconnect = {}, unrolled_interconnect = {};
  double buffer_scaling = 0, interconnect_scaling = 0;
  double digital_flop_per_s = 1, digital_j_per_flop = 0;
  bool nonvolatile = true;

  /// Weight capacity of one array.
  [[nodiscard]] double array_bytes() const {
    return static_cast<double>(array_rows) * static_cast<double>(array_cols) * static_cast<double>(cell_bits) / 8;
  }
};
[[nodiscard]] CimParameters cim_parameters(const Profile& profile);

/// Time of the converters for `vectors` input vectors shared by `copies` of the weights.
[[nodiscard]] inline double converter_seconds(double vectors, double copies, std::int64_t input_steps,
                                              std::int64_t columns_per_adc, double conversion_s) {
  return vectors / copies * static_cast<double>(input_steps) * static_cast<double>(columns_per_adc) * conversion_s;
}

/// How a product lies in the arrays.
struct CimMapping {
  bool unrolled = false;              ///< each position of the kernel has arrays of its own
  std::int64_t rows = 0;              ///< of one block: k, or the input channels where unrolled
  std::int64_t row_blocks = 0;        ///< ceil(rows/Rx), for each position of an unrolled kernel
  std::int64_t columns = 0;           ///< n s, of one group
  std::int64_t column_blocks = 0;     ///< ceil(n s/Cx)
  std::int64_t groups_per_array = 1;  ///< small groups lie on the diagonal of one array
  std::int64_t tile_columns = 1;      ///< tiles beside each other, which all need the inputs
  std::int64_t copies = 1;
  double arrays = 0;  ///< of all copies and groups
};
[[nodiscard]] CimMapping cim_mapping(const Work& work, const CimParameters& device);

/// Why a product of two activations cannot run there.
[[nodiscard]] const char* dynamic_operands_reason(bool nonvolatile);

/// Parts: launch, array, adc, accumulate, buffer, interconnect, digital.
[[nodiscard]] OperatorCost cim_cost(const Work& work, const CimParameters& device);

}  // namespace cleave
