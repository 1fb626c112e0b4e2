#pragma once
/// The partial plans of one ideal that matter, by devices in use.

#include "verify/certificate.hpp"
#include "verify/device_counts.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

namespace cleave::verify {

/// Of labels whose period a stage's load hides only the last, which has the least energy, need be extended; not so
/// where others may take less of shared links.
[[nodiscard]] inline auto first_to_extend(const std::vector<PartialPlan>& labels, double load_s) {
  if (!labels.empty() && !labels.front().taken_s.empty()) return labels.begin();
  auto label = std::upper_bound(labels.begin(), labels.end(), load_s,
                                [](double load, const PartialPlan& one) { return load < one.period_s; });
  return label == labels.begin() ? label : std::prev(label);
}

/// Of every shared link, with numbers worse by a factor `slack` allowed.
[[nodiscard]] inline bool takes_no_more(const PartialPlan& a, const PartialPlan& b, double slack) {
  return std::equal(a.taken_s.begin(), a.taken_s.end(), b.taken_s.begin(), b.taken_s.end(),
                    [&](double one, double other) { return one <= other * slack; });
}

/// By ascending period: is one no worse, with numbers worse by a factor `slack` allowed?
[[nodiscard]] inline bool dominates(const std::vector<PartialPlan>& labels, const PartialPlan& plan, double slack) {
  const auto after = std::upper_bound(labels.begin(), labels.end(), plan.period_s * slack,
                                      [](double period_s, const PartialPlan& one) { return period_s < one.period_s; });
  for (auto one = after; one != labels.begin();) {
    --one;
    if (one->energy_j <= plan.energy_j * slack && takes_no_more(*one, plan, slack)) return true;
    if (plan.taken_s.empty()) return false;  // all before it take more energy
  }
  return false;
}

class Labels {
 public:
  void insert(std::uint64_t code, const PartialPlan& plan) {
    auto& list = states_[code];
    if (dominates(list, plan, 1)) return;
    const auto from = std::partition_point(list.begin(), list.end(),
                                           [&](const PartialPlan& one) { return one.period_s < plan.period_s; });
    const auto to = std::remove_if(from, list.end(), [&](const PartialPlan& one) {
      return plan.energy_j <= one.energy_j && takes_no_more(plan, one, 1);
    });
    const auto place = from - list.begin();
    list.erase(to, list.end());
    list.insert(list.begin() + place, plan);
  }

  /// Drops what a label with no more devices of any class dominates: it can be completed in the same ways.
  void drop_dominated(const DeviceCounts& counts) {
    for (auto& [code, list] : states_)
      for (const auto& fewer : states_)
        if (fewer.first != code && counts.within(fewer.first, code))
          std::erase_if(list, [&](const PartialPlan& plan) { return dominates(fewer.second, plan, 1); });
    std::erase_if(states_, [](const auto& state) { return state.second.empty(); });
  }

  /// A label with no more devices of any class that is no worse, up to rounding by `slack`.
  [[nodiscard]] bool dominate(const DeviceCounts& counts, std::uint64_t code, const PartialPlan& plan,
                              double slack) const {
    const auto after = states_.upper_bound(code);
    return std::any_of(states_.begin(), after, [&](const auto& state) {
      return counts.within(state.first, code) && dominates(state.second, plan, slack);
    });
  }

  [[nodiscard]] const std::map<std::uint64_t, std::vector<PartialPlan>>& states() const { return states_; }
  [[nodiscard]] std::size_t size() const {
    std::size_t labels = 0;
    for (const auto& [code, list] : states_) labels += list.size();
    return labels;
  }

 private:
  std::map<std::uint64_t, std::vector<PartialPlan>> states_;  ///< by count code
};

}  // namespace cleave::verify
