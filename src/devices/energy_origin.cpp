#include "devices/energy_origin.hpp"

#include "devices/fields.hpp"

#include <algorithm>

namespace cleave {
namespace {

bool is_estimated(const Quantity& number) { return number.source.starts_with("estimated"); }

bool is_energy(const Field& field) { return field.unit == "J" || field.unit == "J/B" || field.unit == "W"; }

}  // namespace

std::string_view energy_origin(const Profile& profile) {
  // Hardly any profile has estimates: asked for each row of a table, this shall not spell out all names.
  if (std::none_of(profile.numbers.begin(), profile.numbers.end(),
                   [](const auto& number) { return is_estimated(number.second); }))
    return "modeled";
  for (const Field& field : fields_of(profile.kind)) {
    if (!is_energy(field)) continue;
    for (const std::string& name : names_of(field, profile.precisions))
      if (const auto number = profile.numbers.find(name);
          number != profile.numbers.end() && is_estimated(number->second))
        return "estimated";
  }
  return "modeled";
}

std::string_view energy_origin(const DeviceClass& device) {
  if (is_estimated(device.idle_w)) return "estimated";
  return device.profile ? energy_origin(*device.profile) : "modeled";
}

std::string_view energy_origin(const Cluster& cluster) {
  const bool any = std::any_of(cluster.classes.begin(), cluster.classes.end(),
                               [](const DeviceClass& device) { return energy_origin(device) == "estimated"; });
  return any ? "estimated" : "modeled";
}

}  // namespace cleave
