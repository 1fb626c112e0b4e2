#pragma once
/// The labels of a state, alike ones together, so that most extensions are refused many at a time.

#include "search/trail_border.hpp"
#include "search/trail_labels.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

/// Labels first .. last-1 and the least of each of their numbers: what is hopeless for these is so for all.
struct TrailBundle {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint32_t next = 0;  ///< the first bundle behind this one and its parts
  double period_s = kCannot;
  double energy_j = kCannot;
  double finished_s = kCannot;
  Arrival arrival = {kCannot, kCannot};
  double covered_from_s = 0;  ///< the most of them; at first no stage can follow

  [[nodiscard]] bool is_leaf(std::uint32_t position) const { return next == position + 1; }
};

/// Halves the labels again and again where they differ most and puts them into that order. A bundle comes before its
/// parts; the first holds all labels; no labels, no bundles. `arrivals`: by label, in the order before.
/// Time O(n log n).
[[nodiscard]] std::vector<TrailBundle> bundle(TrailLabels& labels, const std::vector<Arrival>& arrivals);

}  // namespace cleave
