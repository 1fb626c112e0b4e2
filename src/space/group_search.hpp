#pragma once
/// The search of one group: all points that differ in counts of devices alone.

#include "search/beyond.hpp"
#include "space/group_outcome.hpp"
#include "space/group_tasks.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Of every point its own frontier within the limits; with `options.frontier_only` of the group what may be on the
/// frontier of all, beyond the figures `known`, each plan at the first point that has its devices. Where it was
/// stopped, the plans of a point that were found by then, or, if there is none, those on its devices that need no
/// search.
[[nodiscard]] GroupOutcome search_group(const DesignSpace& space, const DesignIndex& index, const SpaceOptions& options,
                                        const GroupTask& task, const std::vector<Known>& known);

/// Why a point has no plan, where nothing else is known: none is legal, or within the limits on plans.
[[nodiscard]] std::string why_no_plan(const SpaceLimits& limits);

/// A plan for one of two clusters in the modes of the other, whose classes have the same names, one mode each.
[[nodiscard]] Plan in_modes_of(const Plan& plan, const Cluster& from, const Cluster& to);

}  // namespace cleave
