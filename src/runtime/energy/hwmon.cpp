#include "runtime/energy/hwmon.hpp"

#include "runtime/energy/sensor_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cleave {
namespace {

namespace fs = std::filesystem;

constexpr int kMostSensors = 512;  ///< amd_energy has one per core

bool is_gpu(const std::string& chip) {
  constexpr std::array<std::string_view, 4> drivers{"amdgpu", "i915", "xe", "nouveau"};
  return std::find(drivers.begin(), drivers.end(), chip) != drivers.end();
}

/// A processor's own graphics report the power of the whole chip, whose package may be counted already. What amdgpu
/// shows of a card's memory it does not show of theirs.
bool is_card(const std::string& chip, const fs::path& folder) {
  std::error_code none;
  return is_gpu(chip) && (chip != "amdgpu" || fs::exists(folder / "device" / "mem_busy_percent", none));
}

/// A chip's sensors of one quantity: `stem` is "energy" or "power", `endings` in order of preference.
void add_sensors(EnergySources& found, const fs::path& folder, const EnergySource& like, std::string_view stem,
                 std::initializer_list<std::string_view> endings, bool sockets_count) {
  for (int number = 1; number <= kMostSensors; ++number)
    for (const std::string_view ending : endings) {
      const fs::path file = folder / fmt::format("{}{}_{}", stem, number, ending);
      std::error_code none;
      if (!fs::exists(file, none)) continue;
      const std::string plain = fmt::format("{}{}", stem, number);
      const std::string label = sensor_text(folder / (plain + "_label")).value_or(plain);
      EnergySource source = like;
      source.name += ":" + label;
      if (label.starts_with("Esocket")) {
        source.scope = EnergyScope::processor;
        source.totalled = sockets_count;
      }
      add_sensor(found, file, std::move(source));
      break;
    }
}

}  // namespace

EnergySources hwmon_sources(const fs::path& root, bool packages_known) {
  EnergySources found;
  for (const fs::path& folder : folders_of(root)) {
    const auto chip = sensor_text(folder / "name");
    if (!chip) continue;
    const std::size_t before = found.readable.size();
    EnergySource like{.name = fmt::format("hwmon:{} {}", *chip, folder.filename().string()),
                      .scope = is_gpu(*chip) ? EnergyScope::gpu : EnergyScope::other,
                      .totalled = false,
                      .reading = EnergyReading::joules,
                      .wraps_at_j = 0,
                      .read = {}};
    add_sensors(found, folder, like, "energy", {"input"}, *chip == "amd_energy" && !packages_known);
    like.reading = EnergyReading::watts;
    add_sensors(found, folder, like, "power", {"average", "input"}, false);
    if (is_card(*chip, folder) && found.readable.size() > before) found.readable[before].totalled = true;
  }
  return found;
}

}  // namespace cleave
