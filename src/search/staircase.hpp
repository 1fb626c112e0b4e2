#pragma once
/// Non-dominated (period, energy) pairs, by ascending period and descending energy.

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace cleave {

/// `Item` has members `period_s` and `energy_j`. Of equal pairs the first one stays.
template <class Item>
class Staircase {
 public:
  [[nodiscard]] const std::vector<Item>& items() const { return items_; }

  void clear() { items_.clear(); }

  /// Least energy of any item with a period of at most `period_s`; infinite when there is none.
  [[nodiscard]] double least_energy_until(double period_s) const {
    const auto after = upper(period_s);
    return after == items_.begin() ? std::numeric_limits<double>::infinity() : std::prev(after)->energy_j;
  }
  /// Is there an item that is no worse in both?
  [[nodiscard]] bool dominates(double period_s, double energy_j) const {
    return least_energy_until(period_s) <= energy_j;
  }
  /// Adds `item` unless it is dominated; removes what it dominates. O(log n) when dominated.
  bool insert(const Item& item) {
    const auto after = upper(item.period_s);
    if (after != items_.begin() && std::prev(after)->energy_j <= item.energy_j) return false;
    auto from = after;
    while (from != items_.begin() && std::prev(from)->period_s == item.period_s) --from;
    const auto to = std::find_if(from, items_.end(), [&](const Item& other) { return other.energy_j < item.energy_j; });
    if (from == to) {
      items_.insert(from, item);
    } else {
      *from = item;
      items_.erase(std::next(from), to);
    }
    return true;
  }

 private:
  [[nodiscard]] auto upper(double period_s) const {
    return std::upper_bound(items_.begin(), items_.end(), period_s,
                            [](double p, const Item& item) { return p < item.period_s; });
  }
  [[nodiscard]] auto upper(double period_s) {
    return std::upper_bound(items_.begin(), items_.end(), period_s,
                            [](double p, const Item& item) { return p < item.period_s; });
  }
  std::vector<Item> items_;
};

/// Its items without those that another covers up to rounding (1e-12).
template <class Item>
[[nodiscard]] std::vector<Item> without_rounding_twins(const Staircase<Item>& staircase) {
  constexpr double same = 1 + 1e-12;
  std::vector<Item> kept;
  for (const Item& item : staircase.items()) {
    if (!kept.empty() && kept.back().energy_j <= item.energy_j * same) continue;
    while (!kept.empty() && item.period_s <= kept.back().period_s * same) kept.pop_back();
    kept.push_back(item);
  }
  return kept;
}

}  // namespace cleave
