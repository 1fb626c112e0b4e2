#pragma once
/// Every sub-cluster with latency as an objective: from few devices to many.

#include "search/subclusters.hpp"

namespace cleave {

/// Plans with stages between ideals of `lattice`, by the devices that they use exactly: every contiguous plan on some
/// devices has one among them, on these devices or fewer, that is no worse in period, energy and latency. What smaller
/// sub-clusters reach is known when a larger one is searched, and only plans that need all of its devices are looked
/// for there. Stopped, it has the plans of the sub-clusters that were done.
/// `give_up` is polled and must be safe to call from any thread.
[[nodiscard]] SubclusterPlans solve_upwards(const CostTable& cost, const Lattice& lattice,
                                            const std::function<bool()>& give_up,
                                            const std::function<void(double)>& on_progress);

}  // namespace cleave
