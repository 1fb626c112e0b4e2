#pragma once
/// Parts of a group's cluster, and what is known of them without a search.

#include <cleave/explore.hpp>

#include <vector>

namespace cleave {

/// Devices of each class that a plan uses.
[[nodiscard]] std::vector<int> devices_of(const CostTable& cost, const Plan& plan);
[[nodiscard]] bool part_of(const std::vector<int>& some, const std::vector<int>& all);
/// All vectors of at most these counts that have as many devices as `most` allows (0: any number).
[[nodiscard]] std::vector<std::vector<int>> parts_of(const std::vector<int>& counts, int most);
[[nodiscard]] Plan on_one_device(const CostTable& cost, ModeId mode);
/// The plans that are legal of those that need no search: baselines, and each device by itself.
[[nodiscard]] std::vector<Plan> plans_without_search(const CostTable& cost);
/// Of what takes no time, no plan is better than one that is known: a search that looks for better ones finds none.
[[nodiscard]] bool may_take_no_time(const CostTable& cost, const std::vector<int>& counts);

}  // namespace cleave
