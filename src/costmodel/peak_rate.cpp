#include "costmodel/peak_rate.hpp"

#include "costmodel/cim.hpp"
#include "costmodel/npu.hpp"
#include "costmodel/pim.hpp"
#include "devices/fields.hpp"

#include <algorithm>

namespace cleave {
namespace {

/// Of blocks whose rows are all read at once: where rows_active does not divide array_rows, those of whole arrays have
/// a last read that is not full.
double peak_of_arrays(const CimParameters& chip) {
  const auto cells = static_cast<double>(std::min(chip.rows_active, chip.array_rows) * chip.array_cols);
  const auto slices = static_cast<double>(ceil_div(chip.weight_bits, chip.cell_bits));
  const std::int64_t steps = ceil_div(chip.input_bits, chip.dac_bits);
  const double adc_s = converter_seconds(1, 1, steps, chip.columns_per_adc, chip.conversion_s);
  const double vector_s = static_cast<double>(steps) * chip.read_s + adc_s * (1 + chip.accumulate_fraction);
  return static_cast<double>(chip.arrays) * cells / slices / vector_s;
}

}  // namespace

double peak_macs_per_s(const Profile& profile, Precision precision) {
  switch (profile.kind) {
    case DeviceKind::cpu:
    case DeviceKind::gpu:
    case DeviceKind::fpga:
    case DeviceKind::vpu:
      return profile.number(with_precision("peak_*_flop_per_s", precision)) / 2;
    case DeviceKind::npu: {
      const NpuParameters npu = npu_parameters(profile, precision);
      return static_cast<double>(npu.rows * npu.cols) * npu.clock_hz;
    }
    case DeviceKind::cim:
      return peak_of_arrays(cim_parameters(profile));
    case DeviceKind::pim: {
      const PimParameters pim = pim_parameters(profile, precision);
      return static_cast<double>(pim.units) * pim.unit_mac_per_s;
    }
  }
  return 0;
}

}  // namespace cleave
