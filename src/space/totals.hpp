#pragma once
/// What the devices of a design take in all, whatever runs on them.

#include "space/design.hpp"

#include <cleave/cluster.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Of all devices; none where a profile does not know it.
struct Totals {
  std::optional<double> cost_usd;
  std::optional<double> area_mm2;
};

/// Devices of each class of a group's largest cluster that a point has.
[[nodiscard]] std::vector<int> counts_at(const DesignSpace& space, const Design& design, const Cluster& cluster);

[[nodiscard]] Totals totals_of(const Cluster& cluster, const std::vector<int>& counts);

/// Throws UsageError where a class lacks `field` ("cost_usd"), which `option` needs.
void require_field(const Cluster& cluster, const std::string& field, const std::string& option);

}  // namespace cleave
