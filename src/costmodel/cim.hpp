#pragma once
/// Compute-in-memory crossbars: weights stand in the arrays, input vectors pass through them.
///
///     s = ceil(weight_bits/cell_bits)      arrays = ceil(k/Rx) * ceil(n s/Cx) * groups * copies
///     T_mvm = ceil(input_bits/dac_bits) * ceil(min(k,Rx)/rows_active) * (columns_per_adc * conversion_s + read_s)
///     T = launch_s + m/copies * T_mvm (1 + accumulate_fraction on its converter part)
///         + io/(buffer bandwidth) + io/(interconnect bandwidth),   io = (m k + m n) groups * bytes
///
/// The converter term is that of DNN+NeuroSim (Peng et al., IEDM 2019; IEEE TCAD 2021) and equals its output.

#include "costmodel/work.hpp"

namespace cleave {

struct CimParameters {
  double launch_s = 0;
  std::int64_t array_rows = 1, array_cols = 1, arrays = 1;
  std::int64_t cell_bits = 1, weight_bits = 1, input_bits = 1, dac_bits = 1;
  std::int64_t rows_active = 1, columns_per_adc = 1;
  double conversion_s = 0, read_s = 0, accumulate_fraction = 0;
  std::int64_t vectors_per_copy = 0;  ///< 0: one copy
  double adc_j = 0, driver_j = 0, cell_j = 0, accumulate_j = 0;
  double buffer_bytes_per_s = 1, buffer_scaling = 0, buffer_j_per_byte = 0;
  double interconnect_bytes_per_s = 1, interconnect_scaling = 0, interconnect_j_per_byte = 0;
  double digital_flop_per_s = 1, digital_j_per_flop = 0;
  bool nonvolatile = true;

  /// Weight capacity of one array.
  [[nodiscard]] double array_bytes() const {
    return static_cast<double>(array_rows) * static_cast<double>(array_cols) * static_cast<double>(cell_bits) / 8;
  }
};
[[nodiscard]] CimParameters cim_parameters(const Profile& profile);

/// Time of the converters for `vectors` input vectors shared by `copies` of the weights.
[[nodiscard]] double converter_seconds(double vectors, double copies, std::int64_t input_steps,
                                       std::int64_t columns_per_adc, double conversion_s);

/// How a product lies in the arrays.
struct CimMapping {
  std::int64_t row_blocks = 0;        ///< ceil(k/Rx)
  std::int64_t columns = 0;           ///< n s, of one group
  std::int64_t column_blocks = 0;     ///< ceil(n s/Cx)
  std::int64_t groups_per_array = 1;  ///< small groups lie on the diagonal of one array
  std::int64_t copies = 1;
  double arrays = 0;  ///< of all copies and groups
};
[[nodiscard]] CimMapping cim_mapping(const Work& work, const CimParameters& device);

/// Parts: launch, array, adc, accumulate, buffer, interconnect, digital.
[[nodiscard]] OperatorCost cim_cost(const Work& work, const CimParameters& device);

}  // namespace cleave
