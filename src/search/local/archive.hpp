#pragma once
/// What a local search has come by that is better than what was known.

#include "search/local/assignment.hpp"
#include "search/staircase.hpp"

#include <vector>

namespace cleave::local {

/// Non-dominated in (period, energy). Gains below rounding are none.
class Archive {
 public:
  /// `known` are scores that need not be found again.
  explicit Archive(const std::vector<Score>& known) {
    for (const Score& score : known) items_.insert({score.period_s, score.energy_j, {}});
  }
  void offer(const Totals& totals, const Assignment& assignment) {
    if (totals.excess <= 0 && !items_.dominates(totals.period_s * kSlack, totals.energy_j * kSlack))
      items_.insert({totals.period_s, totals.energy_j, assignment.placement()});
  }
  /// What was offered and is worth keeping.
  [[nodiscard]] std::vector<Placement> found() const {
    std::vector<Placement> all;
    for (const Item& item : items_.items())
      if (!item.placement.stage_of.empty()) all.push_back(item.placement);
    return all;
  }

 private:
  static constexpr double kSlack = 1 + 1e-9;
  struct Item {
    double period_s = 0;
    double energy_j = 0;
    Placement placement = {};
  };
  Staircase<Item> items_;
};

}  // namespace cleave::local
