#include "space/totals.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

namespace cleave {
namespace {

std::optional<double> value_in(const DeviceClass& device, const std::string& field) {
  if (!device.profile) return std::nullopt;
  const auto found = device.profile->numbers.find(field);
  if (found == device.profile->numbers.end()) return std::nullopt;
  return found->second.value;
}

std::optional<double> total_of(const Cluster& cluster, const std::vector<int>& counts, const std::string& field) {
  double total = 0;
  for (const ClassId id : cluster.classes.ids()) {
    if (counts[id.at()] == 0) continue;
    const auto each = value_in(cluster.classes[id], field);
    if (!each) return std::nullopt;
    total += counts[id.at()] * *each;
  }
  return total;
}

}  // namespace

std::vector<int> counts_at(const DesignSpace& space, const Design& design, const Cluster& cluster) {
  std::vector<int> counts;
  for (const DeviceClass& device : cluster.classes) {
    int count = device.count;
    for (std::size_t i = 0; i < space.axes.size(); ++i)
      if (space.axes[i].name == device.name + ".count")
        count = static_cast<int>(std::stod(space.axes[i].values[design.at[i]]));
    counts.push_back(count);
  }
  return counts;
}

Totals totals_of(const Cluster& cluster, const std::vector<int>& counts) {
  return {total_of(cluster, counts, "cost_usd"), total_of(cluster, counts, "area_mm2")};
}

void require_field(const Cluster& cluster, const std::string& field, const std::string& option) {
  for (const DeviceClass& device : cluster.classes)
    if (!value_in(device, field))
      throw UsageError(fmt::format("{}: {} of {} has no {}; give it in its profile, or here: --vary {}.{}=VALUE",
                                   option, device.name, cluster.name, field, device.name, field));
}

}  // namespace cleave
