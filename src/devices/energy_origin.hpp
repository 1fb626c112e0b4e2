#pragma once
/// How joules came to be. Measured ones come from counters (runtime/energy), all others from profiles.

#include <cleave/cluster.hpp>

#include <string_view>

namespace cleave {

/// "modeled": from a profile whose powers and energies have sources; "estimated": one of them was only estimated.
[[nodiscard]] std::string_view energy_origin(const Profile& profile);
/// Of what runs on devices of a class.
[[nodiscard]] std::string_view energy_origin(const DeviceClass& device);
/// Of a cluster's plans: "estimated" where one of its devices' is.
[[nodiscard]] std::string_view energy_origin(const Cluster& cluster);

}  // namespace cleave
