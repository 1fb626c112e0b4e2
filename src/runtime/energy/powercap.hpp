#pragma once
/// The running average power limit (RAPL) counters of x86 processors, as Linux shows them.

#include "runtime/energy/energy_source.hpp"

#include <filesystem>

namespace cleave {

/// The zones of `root`, normally /sys/class/powercap (kernel: Documentation/power/powercap/powercap.rst): packages and
/// their memory are totalled; cores, what else lies within a package, and the platform's own zone, which contains
/// packages, are listed beside them. A package that is shown through registers and through memory is totalled once.
[[nodiscard]] EnergySources powercap_sources(const std::filesystem::path& root);

}  // namespace cleave
