#include "search/labels/count_bounds.hpp"

#include <algorithm>
#include <queue>
#include <set>

namespace cleave::labels {
namespace {

struct Open {
  double least_j;
  std::size_t because;  ///< a bound
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

PriceBound price_bound(const CostTable& cost, const std::vector<Resource>& resources, LabelEvidence evidence) {
  PriceBound bound{std::move(evidence), {}};
  for (const ClassCost& device : cost.classes) bound.surplus_w.push_back(device.idle_w);
  for (std::size_t r = 0; r < resources.size(); ++r)
    bound.surplus_w[resources[r].device.at()] -= bound.evidence.price_w[r];
  return bound;
}

double proved_j(const PriceBound& bound, const CountBox& box, double period_s) {
  double least_w = 0;
  for (std::size_t c = 0; c < box.lo.size(); ++c) {
    if (bound.evidence.without[c] && box.hi[c] > 0) return 0;
    least_w += bound.surplus_w[c] * (bound.surplus_w[c] > 0 ? box.lo[c] : box.hi[c]);
  }
  return std::max(0.0, bound.evidence.least_j + period_s * std::min(0.0, least_w));
}

Proved proved_together(const CostTable& cost, const std::vector<PriceBound>& bounds, double period_s,
                       std::size_t most_boxes) {
  const auto improve = [&](Open& open) {
    for (std::size_t i = 0; i < bounds.size(); ++i)
      if (const double bound_j = proved_j(bounds[i], open.box, period_s); bound_j > open.least_j) {
        open.least_j = bound_j;
        open.because = i;
      }
  };
  std::priority_queue<Open> open;
  Open whole{0, bounds.size(), all_counts(cost)};
  improve(whole);
  open.push(std::move(whole));
  for (std::size_t boxes = 0; boxes < most_boxes; ++boxes) {
    const Open least = open.top();
    const std::size_t c = widest(cost, least.box);
    if (c == least.box.lo.size()) break;
    open.pop();
    const int middle = least.box.lo[c] + (least.box.hi[c] - least.box.lo[c]) / 2;
    for (const bool upper : {false, true}) {
      Open half = least;
      (upper ? half.box.lo[c] : half.box.hi[c]) = upper ? middle + 1 : middle;
      improve(half);
      open.push(std::move(half));
    }
  }
  Proved proved{.energy_j = open.top().least_j};
  std::set<std::size_t> because;
  for (; !open.empty(); open.pop())
    if (open.top().because < bounds.size()) because.insert(open.top().because);
  proved.because.assign(because.begin(), because.end());
  return proved;
}

}  // namespace cleave::labels
