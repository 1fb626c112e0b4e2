// Labels are taken by ascending period, so that of what was kept before only energy, finish and clocks
// need comparing. What is dominated in these by a later label leaves the list that is compared with.
#include "search/trail_labels.hpp"

#include <algorithm>
#include <numeric>

namespace cleave {

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

bool TrailLabels::no_later(std::uint32_t a, std::uint32_t b) const {
  if (labels_[a].finished_s > labels_[b].finished_s * kRounding) return false;
  for (std::size_t i = 0; i < clock_count_; ++i)
    if (clocks(a)[i] > clocks(b)[i] * kRounding) return false;
  return true;
}

void TrailLabels::keep_undominated() {
  std::vector<std::uint32_t> order(labels_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return before(a, b); });
  for (TrailLabel& label : labels_) label.covered_from_s = kCannot;
  std::vector<std::uint32_t> kept;
  std::vector<std::uint32_t> front;  // by ascending energy
  for (const std::uint32_t one : order) {
    if (!front.empty() && maker_count_ > 0 && !same_makers(front.front(), one)) front.clear();
    const double energy_j = labels_[one].energy_j;
    const auto by_energy = [&](double value, std::uint32_t other) { return value < labels_[other].energy_j; };
    const auto cheaper = std::upper_bound(front.begin(), front.end(), energy_j * kRounding, by_energy);
    bool dominated = false;
    for (auto other = cheaper; other != front.begin() && !dominated;) dominated = no_later(*--other, one);
    if (dominated) continue;
    kept.push_back(one);
    const auto from = std::lower_bound(front.begin(), front.end(), energy_j, [&](std::uint32_t other, double value) {
      return labels_[other].energy_j < value;
    });
    const auto covered = [&](std::uint32_t other) {
      if (!no_later(one, other)) return false;
      labels_[other].covered_from_s = labels_[one].period_s;
      return true;
    };
    front.erase(std::remove_if(from, front.end(), covered), front.end());
    front.insert(std::upper_bound(front.begin(), front.end(), energy_j, by_energy), one);
  }
  pick(kept);
}

void TrailLabels::pick(const std::vector<std::uint32_t>& kept) {
  TrailLabels picked(clock_count_, maker_count_);
  picked.labels_.reserve(kept.size());
  picked.clocks_.reserve(kept.size() * clock_count_);
  for (const std::uint32_t i : kept) picked.add(labels_[i], clocks(i), makers(i));
  *this = std::move(picked);
}

}  // namespace cleave
