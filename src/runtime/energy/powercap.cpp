#include "runtime/energy/powercap.hpp"

#include "runtime/energy/sensor_file.hpp"

#include <algorithm>
#include <set>

namespace cleave {
namespace {

namespace fs = std::filesystem;

struct Zone {
  fs::path folder;
  std::string name;  ///< "package-0", "package-0/dram"
};

/// "intel-rapl:0:1" is zone 1 of "intel-rapl:0".
std::optional<Zone> zone_at(const fs::path& folder) {
  const auto name = sensor_text(folder / "name");
  if (!name) return std::nullopt;
  const std::string file = folder.filename().string();
  const auto first = file.find(':'), last = file.rfind(':');
  if (first == last) return Zone{folder, *name};
  const auto parent = sensor_text(folder.parent_path() / file.substr(0, last) / "name");
  return Zone{folder, parent.value_or(file.substr(0, last)) + "/" + *name};
}

EnergyScope scope_of(const Zone& zone) {
  if (zone.name == "dram" || zone.name.ends_with("/dram")) return EnergyScope::memory;
  return zone.name.starts_with("package") ? EnergyScope::processor : EnergyScope::other;
}

bool within_another(const Zone& zone) { return zone.name.find('/') != std::string::npos; }

}  // namespace

EnergySources powercap_sources(const fs::path& root) {
  EnergySources found;
  std::set<std::string> seen;
  // Sorted: intel-rapl-mmio comes before intel-rapl:, which kernels of all ages have.
  std::vector<fs::path> folders = folders_of(root);
  std::stable_partition(folders.begin(), folders.end(), [](const fs::path& folder) {
    return folder.filename().string().find("-mmio") == std::string::npos;
  });
  for (const fs::path& folder : folders) {
    const auto zone = zone_at(folder);
    if (!zone) continue;
    const EnergyScope scope = scope_of(*zone);
    const bool own = scope == EnergyScope::memory || (scope == EnergyScope::processor && !within_another(*zone));
    const std::size_t before = found.readable.size();
    add_sensor(found, folder / "energy_uj",
               {.name = "powercap:" + zone->name,
                .scope = scope,
                .totalled = own && !seen.contains(zone->name),
                .reading = EnergyReading::joules,
                .wraps_at_j = sensor_millionths(folder / "max_energy_range_uj").value_or(0),
                .read = {}});
    if (found.readable.size() > before) seen.insert(zone->name);
  }
  return found;
}

}  // namespace cleave
