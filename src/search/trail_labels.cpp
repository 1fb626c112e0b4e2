// Labels are taken by ascending period, so that of what was kept before only energy, finish and clocks
// need comparing. What is dominated in these by a later label leaves the list that is compared with.
#include "search/trail_labels.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <span>

namespace cleave {
namespace {

/// Labels by ascending energy, their finish and clocks side by side: most comparisons run over these.
class Front {
 public:
  explicit Front(std::size_t times) : times_(times) {}

  [[nodiscard]] bool empty() const { return labels_.empty(); }
  [[nodiscard]] std::uint32_t any() const { return labels_.front(); }
  void clear() {
    labels_.clear();
    energy_j_.clear();
    for (std::vector<double>& column : times_) column.clear();
  }

  /// Is one of them no worse in all, up to rounding?
  [[nodiscard]] bool covers(double energy_j, const std::vector<double>& times) const {
    const auto after = std::upper_bound(energy_j_.begin(), energy_j_.end(), energy_j * kRounding);
    auto end = static_cast<std::size_t>(after - energy_j_.begin());
    // From the nearest energy down.
    for (; end >= kBlock; end -= kBlock)
      if (covers_within(end - kBlock, kBlock, times)) return true;
    return covers_within(0, end, times);
  }

  /// Adds a label; removes, and reports, those of no less energy that are no earlier in anything.
  template <class Removed>
  void insert(std::uint32_t label, double energy_j, const std::vector<double>& times, Removed&& removed) {
    const auto from = std::lower_bound(energy_j_.begin(), energy_j_.end(), energy_j) - energy_j_.begin();
    auto to = static_cast<std::size_t>(from);
    for (std::size_t i = to; i < labels_.size(); ++i) {
      if (no_later(times, i)) {
        removed(labels_[i]);
        continue;
      }
      labels_[to] = labels_[i];
      energy_j_[to] = energy_j_[i];
      for (std::vector<double>& column : times_) column[to] = column[i];
      ++to;
    }
    labels_.resize(to);
    energy_j_.resize(to);
    const auto at = std::upper_bound(energy_j_.begin() + from, energy_j_.end(), energy_j) - energy_j_.begin();
    labels_.insert(labels_.begin() + at, label);
    energy_j_.insert(energy_j_.begin() + at, energy_j);
    for (std::size_t t = 0; t < times_.size(); ++t) {
      times_[t].resize(to);
      times_[t].insert(times_[t].begin() + at, times[t]);
    }
  }

 private:
  /// Of a block all at once, without a branch for each.
  [[nodiscard]] bool covers_within(std::size_t first, std::size_t count, const std::vector<double>& times) const {
    std::array<std::uint64_t, kBlock> all;
    all.fill(1);
    for (std::size_t t = 0; t < times_.size(); ++t) {
      const double* mine = times_[t].data() + first;
      const double latest = times[t] * kRounding;
      for (std::size_t i = 0; i < count; ++i) all[i] &= static_cast<std::uint64_t>(mine[i] <= latest);
    }
    return std::any_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count),
                       [](std::uint64_t one) { return one != 0; });
  }
  [[nodiscard]] bool no_later(const std::vector<double>& times, std::size_t than) const {
    for (std::size_t t = 0; t < times_.size(); ++t)
      if (times[t] > times_[t][than] * kRounding) return false;
    return true;
  }

  static constexpr std::size_t kBlock = 16;

  std::vector<std::uint32_t> labels_;
  std::vector<double> energy_j_;
  std::vector<std::vector<double>> times_;  ///< finish, then clocks
};

/// A label of one of several lists.
struct Listed {
  const TrailLabels* list;
  std::uint32_t label;

  [[nodiscard]] double period_s() const { return (*list)[label].period_s; }
  [[nodiscard]] std::span<const std::uint16_t> makers() const { return {list->makers(label), list->maker_count()}; }
};

/// As `keep_undominated` leaves them: by makers, then period.
bool comes_before(const Listed& a, const Listed& b) {
  if (a.list->maker_count() == 0) return a.period_s() < b.period_s();
  if (!std::ranges::equal(a.makers(), b.makers())) return std::ranges::lexicographical_compare(a.makers(), b.makers());
  return a.period_s() < b.period_s();
}

/// All labels of sorted lists; of equal ones those of the first list come first.
std::vector<Listed> merged(const std::vector<const TrailLabels*>& lists) {
  std::vector<Listed> all;
  for (const TrailLabels* list : lists) {
    const auto sorted = static_cast<std::ptrdiff_t>(all.size());
    for (std::uint32_t i = 0; i < list->size(); ++i) all.push_back({list, i});
    std::inplace_merge(all.begin(), all.begin() + sorted, all.end(), comes_before);
  }
  return all;
}

}  // namespace

void TrailLabels::add(const TrailLabel& label, const double* clocks, const std::uint16_t* makers) {
  labels_.push_back(label);
  clocks_.insert(clocks_.end(), clocks, clocks + clock_count_);
  makers_.insert(makers_.end(), makers, makers + maker_count_);
}

void TrailLabels::clear() {
  labels_.clear();
  clocks_.clear();
  makers_.clear();
}

bool TrailLabels::same_makers(std::uint32_t a, std::uint32_t b) const {
  return std::equal(makers(a), makers(a) + maker_count_, makers(b));
}

bool TrailLabels::before(std::uint32_t a, std::uint32_t b) const {
  if (maker_count_ > 0 && !same_makers(a, b))
    return std::lexicographical_compare(makers(a), makers(a) + maker_count_, makers(b), makers(b) + maker_count_);
  const TrailLabel& x = labels_[a];
  const TrailLabel& y = labels_[b];
  if (x.period_s != y.period_s) return x.period_s < y.period_s;
  if (x.energy_j != y.energy_j) return x.energy_j < y.energy_j;
  if (x.finished_s != y.finished_s) return x.finished_s < y.finished_s;
  return std::lexicographical_compare(clocks(a), clocks(a) + clock_count_, clocks(b), clocks(b) + clock_count_);
}

void TrailLabels::keep_undominated() {
  std::vector<std::uint32_t> order(labels_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return before(a, b); });
  for (TrailLabel& label : labels_) label.covered_from_s = kCannot;
  std::vector<std::uint32_t> kept;
  Front front(1 + clock_count_);
  std::vector<double> times(1 + clock_count_);
  for (const std::uint32_t one : order) {
    if (!front.empty() && maker_count_ > 0 && !same_makers(front.any(), one)) front.clear();
    copy_times(one, times);
    if (front.covers(labels_[one].energy_j, times)) continue;
    kept.push_back(one);
    front.insert(one, labels_[one].energy_j, times,
                 [&](std::uint32_t other) { labels_[other].covered_from_s = labels_[one].period_s; });
  }
  *this = picked(kept);
}

void TrailLabels::copy_times(std::uint32_t label, std::vector<double>& times) const {
  times[0] = labels_[label].finished_s;
  std::copy_n(clocks(label), clock_count_, times.begin() + 1);
}

std::vector<std::uint32_t> TrailLabels::not_covered_by(const std::vector<const TrailLabels*>& others) const {
  if (empty()) return {};
  std::vector<const TrailLabels*> lists = others;
  lists.push_back(this);
  std::vector<std::uint32_t> kept;
  Front front(1 + clock_count_);
  std::vector<double> times(1 + clock_count_);
  std::optional<Listed> last;  // of the others
  for (const Listed& one : merged(lists)) {
    if (last && maker_count_ > 0 && !std::ranges::equal(last->makers(), one.makers())) front.clear();
    one.list->copy_times(one.label, times);
    const double energy_j = (*one.list)[one.label].energy_j;
    if (front.covers(energy_j, times)) continue;
    if (one.list == this) {
      kept.push_back(one.label);
      continue;
    }
    front.insert(one.label, energy_j, times, [](std::uint32_t) {});
    last = one;
  }
  return kept;
}

TrailLabels TrailLabels::picked(const std::vector<std::uint32_t>& kept) const {
  TrailLabels picked(clock_count_, maker_count_);
  picked.labels_.reserve(kept.size());
  picked.clocks_.reserve(kept.size() * clock_count_);
  for (const std::uint32_t i : kept) picked.add(labels_[i], clocks(i), makers(i));
  return picked;
}

}  // namespace cleave
