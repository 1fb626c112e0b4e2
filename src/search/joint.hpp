#pragma once
/// The merge behind `place_jointly`: pick one plan a network so that no device is used twice.

#include "search/counts.hpp"

#include <functional>
#include <vector>

namespace cleave {

/// One plan of one network, by what matters to the others.
struct JointChoice {
  std::size_t code = 0;  ///< the devices that it uses
  double load = 0;       ///< the share of the time between batches, at the rate asked for, that it needs
  double power_w = 0;    ///< at that rate
  /// The share of that time for which it takes each direction of each link that devices share.
  std::vector<double> link_loads = {};
  std::size_t plan = 0;  ///< whatever the caller calls it
};

/// What is picked: a `plan` per network.
struct JointPick {
  double load = 0;  ///< largest of all networks, and of all that they take of a shared link together
  double power_w = 0;
  std::vector<std::size_t> plans;
};

/// All picks of load at most `max_load` that are non-dominated in (load, power), by ascending load.
/// Time O(networks x pairs of disjoint count vectors x picks of each); with shared links pairs of picks.
[[nodiscard]] std::vector<JointPick> merge_choices(const CostTable& cost,
                                                   const std::vector<std::vector<JointChoice>>& networks,
                                                   double max_load);

}  // namespace cleave
