#pragma once
/// This machine's processor, one core of it, as a profile.

#include "costmodel/calibration/measurements.hpp"
#include "runtime/measure/energy.hpp"

#include <cleave/cluster.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Bytes of this machine's memory.
[[nodiscard]] double memory_bytes();

/// What is known before the fit: the peak rate (that of the fastest measured operator), the bandwidth of large copies,
/// the sizes of the memory and of the cache (`cache_bytes`; nothing: there is none), and the energies where counters
/// saw them (`energy`; of the idle power one core's share). Where they are not known they are typical of processors,
/// with wide intervals, and their source says that they are estimated. Precondition: some measurement has
/// multiply-accumulates.
[[nodiscard]] Profile machine_profile(const std::string& name, const std::vector<Measurement>& measurements,
                                      double copy_bytes_per_s, std::optional<double> cache_bytes,
                                      const std::optional<EnergyCoefficients>& energy, int year);

}  // namespace cleave
