#include "search/trail_bundles.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace cleave {
namespace {

/// So few labels are not split: looking at a bundle costs as much as looking at a label.
constexpr std::uint32_t kLeaf = 8;

class Bundling {
 public:
  Bundling(const TrailLabels& labels, const std::vector<Arrival>& arrivals)
      : labels_(labels), arrivals_(arrivals), order_(labels.size()) {
    std::iota(order_.begin(), order_.end(), 0U);
    spread_ = ranges(0, static_cast<std::uint32_t>(order_.size()));
    split(0, static_cast<std::uint32_t>(order_.size()));
  }

  [[nodiscard]] const std::vector<std::uint32_t>& order() const { return order_; }
  [[nodiscard]] std::vector<TrailBundle>& bundles() { return bundles_; }

 private:
  static constexpr std::size_t kAxes = 5;
  using Point = std::array<double, kAxes>;

  [[nodiscard]] Point at(std::uint32_t label) const {
    return {labels_[label].period_s, labels_[label].energy_j, labels_[label].finished_s, arrivals_[label].path_s,
            arrivals_[label].gate_s};
  }

  [[nodiscard]] Point ranges(std::uint32_t first, std::uint32_t last) const {
    Point least;
    Point most;
    least.fill(kCannot);
    most.fill(-kCannot);
    for (std::uint32_t i = first; i < last; ++i)
      for (std::size_t axis = 0; axis < kAxes; ++axis) {
        const double value = at(order_[i])[axis];
        least[axis] = std::min(least[axis], value);
        most[axis] = std::max(most[axis], value);
      }
    for (std::size_t axis = 0; axis < kAxes; ++axis) most[axis] -= least[axis];
    return most;
  }

  void split(std::uint32_t first, std::uint32_t last) {
    const std::size_t position = bundles_.size();
    bundles_.push_back(summed_up(first, last));
    if (last - first > kLeaf) {
      const std::size_t axis = widest(first, last);
      const std::uint32_t middle = first + (last - first) / 2;
      std::nth_element(order_.begin() + first, order_.begin() + middle, order_.begin() + last,
                       [&](std::uint32_t a, std::uint32_t b) {
                         const double x = at(a)[axis];
                         const double y = at(b)[axis];
                         return x != y ? x < y : a < b;
                       });
      split(first, middle);
      split(middle, last);
    }
    bundles_[position].next = static_cast<std::uint32_t>(bundles_.size());
  }

  [[nodiscard]] TrailBundle summed_up(std::uint32_t first, std::uint32_t last) const {
    TrailBundle all{.first = first, .last = last};
    for (std::uint32_t i = first; i < last; ++i) {
      const TrailLabel& label = labels_[order_[i]];
      all.period_s = std::min(all.period_s, label.period_s);
      all.energy_j = std::min(all.energy_j, label.energy_j);
      all.finished_s = std::min(all.finished_s, label.finished_s);
      all.arrival.path_s = std::min(all.arrival.path_s, arrivals_[order_[i]].path_s);
      all.arrival.gate_s = std::min(all.arrival.gate_s, arrivals_[order_[i]].gate_s);
      all.covered_from_s = std::max(all.covered_from_s, label.covered_from_s);
    }
    return all;
  }

  /// In which of its numbers they differ most, compared with all labels.
  [[nodiscard]] std::size_t widest(std::uint32_t first, std::uint32_t last) const {
    Point part = ranges(first, last);
    for (std::size_t axis = 0; axis < kAxes; ++axis) part[axis] = spread_[axis] > 0 ? part[axis] / spread_[axis] : 0;
    return static_cast<std::size_t>(std::max_element(part.begin(), part.end()) - part.begin());
  }

  const TrailLabels& labels_;
  const std::vector<Arrival>& arrivals_;
  std::vector<std::uint32_t> order_;
  Point spread_ = {};
  std::vector<TrailBundle> bundles_;
};

}  // namespace

std::vector<TrailBundle> bundle(TrailLabels& labels, const std::vector<Arrival>& arrivals) {
  if (labels.empty()) return {};
  Bundling bundling(labels, arrivals);
  labels = labels.picked(bundling.order());
  return std::move(bundling.bundles());
}

}  // namespace cleave
