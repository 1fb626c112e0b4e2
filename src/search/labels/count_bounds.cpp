#include "search/labels/count_bounds.hpp"

#include <algorithm>
#include <queue>

namespace cleave::labels {
namespace {

struct Open {
  double least_j;
  CountBox box;
  friend bool operator<(const Open& a, const Open& b) { return a.least_j > b.least_j; }  // the least on top
};

/// The class whose counts differ most in what they idle at; none when the box is one vector.
std::size_t widest(const CostTable& cost, const CountBox& box) {
  std::size_t best = box.lo.size();
  double most_w = -1;
  for (std::size_t c = 0; c < box.lo.size(); ++c) {
    const double width_w = (box.hi[c] - box.lo[c]) * (1e-12 + cost.classes[ClassId(c)].idle_w);
    if (box.hi[c] > box.lo[c] && width_w > most_w) {
      most_w = width_w;
      best = c;
    }
  }
  return best;
}

}  // namespace

CountBox all_counts(const CostTable& cost) {
  CountBox box;
  for (const ClassCost& device : cost.classes) {
    box.lo.push_back(0);
    box.hi.push_back(device.count);
  }
  return box;
}

double proved_j(const PriceBound& bound, const CountBox& box, double period_s) {
  double least_w = 0;
  for (std::size_t c = 0; c < box.lo.size(); ++c) {
    if (bound.excluded[c] && box.hi[c] > 0) return 0;
    least_w += bound.surplus_w[c] * (bound.surplus_w[c] > 0 ? box.lo[c] : box.hi[c]);
  }
  return std::max(0.0, bound.relaxed_j + period_s * std::min(0.0, least_w));
}

double proved_j(const CostTable& cost, const std::vector<PriceBound>& bounds, double period_s, std::size_t most_boxes) {
  const auto best = [&](const CountBox& box) {
    double best_j = 0;
    for (const PriceBound& bound : bounds) best_j = std::max(best_j, proved_j(bound, box, period_s));
    return best_j;
  };
  std::priority_queue<Open> open;
  const CountBox all = all_counts(cost);
  open.push({best(all), all});
  for (std::size_t boxes = 0; boxes < most_boxes; ++boxes) {
    const Open least = open.top();
    const std::size_t c = widest(cost, least.box);
    if (c == least.box.lo.size()) break;
    open.pop();
    const int middle = least.box.lo[c] + (least.box.hi[c] - least.box.lo[c]) / 2;
    for (const bool upper : {false, true}) {
      CountBox half = least.box;
      (upper ? half.lo[c] : half.hi[c]) = upper ? middle + 1 : middle;
      const double half_j = std::max(least.least_j, best(half));
      open.push({half_j, std::move(half)});
    }
  }
  return open.top().least_j;
}

}  // namespace cleave::labels
