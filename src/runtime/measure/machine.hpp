#pragma once
/// This machine's processor, one core of it, as a profile.

#include "costmodel/calibration/measurements.hpp"
#include "runtime/measure/energy.hpp"

#include <cleave/cluster.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What is known before the fit: the peak rate (that of the fastest measured operator), the bandwidth of large copies,
/// the size of the memory, and the energies where counters saw them (`energy`; of the idle power one core's share).
/// Where they are not known they are typical of processors, with wide intervals, and their source says that they are
/// estimated. Precondition: some measurement has multiply-accumulates.
[[nodiscard]] Profile machine_profile(const std::string& name, const std::vector<Measurement>& measurements,
                                      double copy_bytes_per_s, const std::optional<EnergyCoefficients>& energy,
                                      int year);

}  // namespace cleave
