#pragma once
/// The energy of NVIDIA's GPUs, by their management library, which is loaded at run time where it is installed.

#include "runtime/energy/energy_source.hpp"

#include <string>

namespace cleave {

/// One source for each GPU that `library` knows (NVML API reference: nvmlDeviceGetTotalEnergyConsumption, in
/// millijoules since the driver was loaded, from Volta on; nvmlDeviceGetPowerUsage, in milliwatts, before). None where
/// the library is not there, lacks a function, or finds no driver.
[[nodiscard]] EnergySources nvml_sources(const std::string& library);

}  // namespace cleave
