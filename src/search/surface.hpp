#pragma once
/// Non-dominated (period, energy, latency) triples: what Staircase is for two objectives.

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace cleave {

/// `Item` has members `period_s`, `energy_j` and `latency_s`. Of equal triples the first one stays. Where all latencies
/// are 0 this is a staircase. O(n) an operation; what lies nearest is looked at first, and mostly decides.
template <class Item>
class Surface {
 public:
  /// By ascending period, then energy, then latency.
  [[nodiscard]] const std::vector<Item>& items() const { return items_; }

  /// Is there an item that is no worse in all three?
  [[nodiscard]] bool dominates(double period_s, double energy_j, double latency_s) const {
    const auto after = std::upper_bound(items_.begin(), items_.end(), period_s,
                                        [](double p, const Item& item) { return p < item.period_s; });
    return std::any_of(std::make_reverse_iterator(after), items_.rend(),
                       [&](const Item& item) { return item.energy_j <= energy_j && item.latency_s <= latency_s; });
  }
  /// Adds `item` unless it is dominated; removes what it dominates.
  bool insert(Item item) {
    if (dominates(item.period_s, item.energy_j, item.latency_s)) return false;
    const auto key = [](const Item& one) { return std::tie(one.period_s, one.energy_j, one.latency_s); };
    const auto at = std::upper_bound(items_.begin(), items_.end(), item,
                                     [&](const Item& a, const Item& b) { return key(a) < key(b); });
    const auto kept = std::remove_if(at, items_.end(), [&](const Item& other) {
      return other.energy_j >= item.energy_j && other.latency_s >= item.latency_s;
    });
    if (kept == items_.end()) {
      items_.insert(at, std::move(item));
      return true;
    }
    // One place is free: move up to it what comes after `at`.
    std::move_backward(at, kept, std::next(kept));
    *at = std::move(item);
    items_.erase(std::next(kept), items_.end());
    return true;
  }

 private:
  std::vector<Item> items_;
};

/// Its items without those that another covers up to rounding (1e-12).
template <class Item>
[[nodiscard]] std::vector<Item> without_rounding_twins(const Surface<Item>& surface) {
  constexpr double same = 1 + 1e-12;
  const auto covers = [](const Item& a, const Item& b) {
    return a.period_s <= b.period_s * same && a.energy_j <= b.energy_j * same && a.latency_s <= b.latency_s * same;
  };
  std::vector<Item> kept;
  for (const Item& item : surface.items()) {
    const auto covers_item = [&](const Item& other) { return covers(other, item); };
    if (std::any_of(kept.rbegin(), kept.rend(), covers_item)) continue;
    // Periods ascend: only the last ones can be as long, up to rounding.
    const auto from = std::partition_point(kept.begin(), kept.end(),
                                           [&](const Item& other) { return other.period_s * same < item.period_s; });
    kept.erase(std::remove_if(from, kept.end(), [&](const Item& other) { return covers(item, other); }), kept.end());
    kept.push_back(item);
  }
  return kept;
}

}  // namespace cleave
