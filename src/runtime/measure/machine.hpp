#pragma once
/// A device of this machine as a profile.

#include "costmodel/calibration/measurements.hpp"
#include "runtime/measure/energy.hpp"
#include "runtime/measure/measured_device.hpp"

#include <cleave/cluster.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cleave {

struct MemoryMeasured {
  double copy_bytes_per_s = 0;  ///< reads and writes both counted
  std::optional<double> cache_bytes = {};
};

/// What is known before the fit: the peak rate (that of the fastest measured operator), the bandwidth of large copies,
/// the sizes of the memory and of the cache (nothing: there is none), and the energies where counters saw them
/// (`energy`; of the idle power the device's share). Where they are not known they are typical of its kind, with wide
/// intervals, and their source says that they are estimated. Precondition: some measurement has multiply-accumulates.
[[nodiscard]] Profile machine_profile(const MeasuredDevice& device, const std::string& name,
                                      const std::vector<Measurement>& measurements, const MemoryMeasured& memory,
                                      const std::optional<EnergyCoefficients>& energy, int year);

}  // namespace cleave
