#pragma once
/// The search of one group: all points that differ in counts of devices alone.

#include "search/beyond.hpp"
#include "space/group_outcome.hpp"
#include "space/search_space.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// A group that may be searched.
struct GroupTask {
  std::size_t group = 0;
  const Network* network = nullptr;
  std::optional<Cluster> cluster = {};  ///< the group's largest
  CostTable cost = {};
  std::string reason = {};  ///< why it is not searched
  std::string better = {};  ///< the cluster of a group that is no worse in anything

  [[nodiscard]] bool settled() const { return !reason.empty(); }
};

/// What searches of other groups of a model leave for the next one; it only makes that shorter.
struct Insight {
  std::vector<Known> known;
  std::vector<DevicePrices> prices;
};

/// Of every point its own frontier within the limits; with `options.frontier_only` of the group what may be on the
/// frontier of all, beyond the figures known by `insight`, each plan at the first point that has its devices; its
/// prices become those of this group. None when it was stopped.
[[nodiscard]] std::optional<GroupOutcome> search_group(const DesignSpace& space, const DesignIndex& index,
                                                       const SpaceOptions& options, const GroupTask& task,
                                                       Insight& insight);

/// A plan for one of two clusters in the modes of the other, whose classes have the same names, one mode each.
[[nodiscard]] Plan in_modes_of(const Plan& plan, const Cluster& from, const Cluster& to);

}  // namespace cleave
