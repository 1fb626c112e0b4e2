#pragma once
/// The small text files in which the kernel shows sensors.

#include "runtime/energy/energy_source.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// The first line, or nothing.
[[nodiscard]] std::optional<std::string> sensor_text(const std::filesystem::path& file);

/// A number in millionths, as such files have them: microjoules as joules, microwatts as watts.
[[nodiscard]] std::optional<double> sensor_millionths(const std::filesystem::path& file);

/// The folders of `root`, sorted by name; none where there is no such folder.
[[nodiscard]] std::vector<std::filesystem::path> folders_of(const std::filesystem::path& root);

/// Adds `source`, read from `file`, or says that it cannot be read; nothing where there is no such file.
void add_sensor(EnergySources& found, const std::filesystem::path& file, EnergySource source);

}  // namespace cleave
