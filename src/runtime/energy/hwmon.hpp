#pragma once
/// Energy counters and power sensors of Linux' hardware monitoring.

#include "runtime/energy/energy_source.hpp"

#include <filesystem>

namespace cleave {

/// The chips of `root`, normally /sys/class/hwmon (kernel: Documentation/hwmon/sysfs-interface.rst): energyN_input,
/// and powerN_average or powerN_input. The first sensor of a graphics card is totalled, a counter before a power;
/// the sockets of amd_energy are, where no powercap zone is (`packages_known`). Others cover who knows what.
[[nodiscard]] EnergySources hwmon_sources(const std::filesystem::path& root, bool packages_known);

}  // namespace cleave
