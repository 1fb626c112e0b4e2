#include "search/labels/relaxation.hpp"

#include "search/labels/price_master.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>

namespace cleave::labels {
namespace {

constexpr int kMostSteps = 40;            ///< of the prices of one box
constexpr int kMostTuned = 24;            ///< boxes of one period
constexpr std::size_t kMostKnown = 64;    ///< labellings kept
constexpr std::size_t kMostReturned = 4;  ///< labellings of one period
constexpr double kClose = 1e-4;           ///< relative: energies this close need not be told apart
constexpr double kLeastRadius = 1e-4;     ///< relative, of the range of prices

std::vector<bool> excluded_by(const CountBox& box) {
  std::vector<bool> excluded;
  for (const int hi : box.hi) excluded.push_back(hi == 0);
  return excluded;
}

/// Does a labelling run nothing on the excluded classes?
bool leaves_out(const std::vector<Resource>& resources, const Labelling& labels, const std::vector<bool>& excluded) {
  for (std::size_t r = 0; r < resources.size(); ++r)
    if (excluded[resources[r].device.at()] && labels.load_s[r] > 0) return false;
  return true;
}

/// Of all resources of a device together.
std::vector<double> class_prices(const CostTable& cost, const std::vector<Resource>& resources,
                                 const std::vector<double>& price_w) {
  std::vector<double> of_class(cost.classes.size(), 0);
  for (std::size_t r = 0; r < resources.size(); ++r) of_class[resources[r].device.at()] += price_w[r];
  return of_class;
}

/// By resource: what a step of its price may be about.
std::vector<double> scales(const CostTable& cost, const std::vector<Resource>& resources,
                           const std::vector<double>& price_w) {
  const std::vector<double> of_class = class_prices(cost, resources, price_w);
  const double largest_w = *std::max_element(of_class.begin(), of_class.end());
  std::vector<double> scale;
  for (std::size_t r = 0; r < resources.size(); ++r) {
    const ClassId device = resources[r].device;
    const double usual_w = std::max({of_class[device.at()], cost.classes[device].idle_w, 0.01 * largest_w, 1e-9});
    scale.push_back(std::max(price_w[r], 0.1 * usual_w));
  }
  return scale;
}

/// Idle watts that would be saved if devices could be powered in parts; the class where they are most, if any.
std::size_t most_fractional(const CostTable& cost, const CountBox& box, const std::vector<double>& devices,
                            double least_w) {
  std::size_t best = devices.size();
  for (std::size_t c = 0; c < devices.size(); ++c) {
    const double part = devices[c] - std::floor(devices[c]);
    const double saved_w = cost.classes[ClassId(c)].idle_w * std::min(part, 1 - part);
    if (box.lo[c] == box.hi[c] || devices[c] <= box.lo[c] || devices[c] >= box.hi[c] || saved_w <= least_w) continue;
    least_w = saved_w;
    best = c;
  }
  return best;
}

}  // namespace

Relaxation::Relaxation(const CostTable& cost)
    : cost_(cost), resources_(resources_of(cost)), messages_(cost, resources_) {}

bool Relaxation::applies(const CostTable& cost) {
  return !cost.links && cost.operator_count() > 0 && !cost.modes.empty() && cost.modes.size() <= kMostModes;
}

/// Evaluates the prices, and remembers the labelling that is read off the messages.
PriceBound Relaxation::price(std::vector<double> price_w, const CountBox& box) {
  LabelEvidence evidence{.price_w = std::move(price_w), .without = excluded_by(box)};
  messages_.set_prices(evidence.price_w, evidence.without);
  messages_.sweep(true);
  messages_.sweep(false);
  evidence.least_j = messages_.bound_j();
  PriceBound bound = price_bound(cost_, resources_, std::move(evidence));
  Labelling labels = labelling_of(cost_, resources_, messages_.decode());
  if (std::isfinite(labels.dynamic_j) && leaves_out(resources_, labels, bound.evidence.without)) {
    if (known_.size() == kMostKnown) known_.erase(known_.begin());
    known_.push_back(std::move(labels));
  }
  return bound;
}

Relaxation::Tuned Relaxation::tune(const CountBox& box, double period_s, double enough_j,
                                   const std::function<bool()>& stopped) {
  const std::vector<bool> excluded = excluded_by(box);
  std::vector<double> start_w;
  double start_j = -1;
  for (const PriceBound& bound : bounds_)
    if (const double proved = proved_j(bound, box, period_s); proved > start_j) {
      start_j = proved;
      start_w = bound.evidence.price_w;
    }
  if (start_j <= 0) {
    start_w.clear();
    for (const Resource& resource : resources_)
      start_w.push_back(resource.computes ? cost_.classes[resource.device].idle_w : 0);
  }
  for (std::size_t r = 0; r < resources_.size(); ++r)
    if (excluded[resources_[r].device.at()]) start_w[r] = 0;
  PriceBound best = price(start_w, box);
  double best_j = proved_j(best, box, period_s);
  Tuned tuned;
  double radius = 0.3;
  for (int step = 0; step < kMostSteps && best_j < enough_j && !stopped(); ++step) {
    std::vector<Labelling> labellings;
    for (const Labelling& labels : known_)
      if (leaves_out(resources_, labels, excluded)) labellings.push_back(labels);
    if (labellings.empty()) break;
    const std::vector<double> scale = scales(cost_, resources_, best.evidence.price_w);
    std::vector<double> lo(resources_.size(), 0);
    std::vector<double> hi(resources_.size(), 0);
    for (std::size_t r = 0; r < resources_.size(); ++r) {
      if (excluded[resources_[r].device.at()]) continue;
      lo[r] = std::max(0.0, best.evidence.price_w[r] - radius * scale[r]);
      hi[r] = best.evidence.price_w[r] + radius * scale[r];
    }
    const auto next = next_prices(cost_, resources_, labellings, box, period_s, lo, hi);
    if (!next) break;
    tuned.devices = next->devices;
    std::vector<std::size_t> order(labellings.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return next->weight[a] > next->weight[b]; });
    tuned.labellings.clear();
    for (std::size_t i = 0; i < std::min(order.size(), kMostReturned); ++i)
      if (next->weight[order[i]] > 0) tuned.labellings.push_back(labellings[order[i]]);
    const double promised_j = next->promise_j - best_j;
    if (promised_j <= kClose * best_j) {
      if (!next->confined) break;
      radius *= 4;
      if (radius > 100) break;
      continue;
    }
    PriceBound bound = price(next->price_w, box);
    const double reached_j = proved_j(bound, box, period_s) - best_j;
    if (reached_j > 0) {
      best = std::move(bound);
      best_j += reached_j;
    }
    if (reached_j > 0.5 * promised_j) radius *= 2;
    if (reached_j < 0.1 * promised_j) radius *= 0.6;
    if (radius < kLeastRadius) break;
  }
  bounds_.push_back(std::move(best));
  tuned.energy_j = best_j;
  return tuned;
}

Relaxed Relaxation::solve(double period_s, double enough_j, const std::function<bool()>& stopped) {
  struct Node {
    double energy_j;
    CountBox box;
    bool is_tuned;
    Tuned tuned;
    bool operator<(const Node& other) const { return energy_j > other.energy_j; }  // the least on top
  };
  std::priority_queue<Node> open;
  open.push({0, all_counts(cost_), false, {}});
  Relaxed relaxed;
  for (int tunings = 0; !open.empty();) {
    Node node = open.top();
    open.pop();
    relaxed.energy_j = node.energy_j;
    if (node.energy_j >= enough_j) break;
    if (!node.is_tuned) {
      if (tunings++ == kMostTuned || stopped()) break;
      node.tuned = tune(node.box, period_s, enough_j, stopped);
      node.is_tuned = true;
      node.energy_j = std::max(node.energy_j, node.tuned.energy_j);
      open.push(std::move(node));
      continue;
    }
    const std::size_t c = most_fractional(cost_, node.box, node.tuned.devices, kClose * node.energy_j / period_s);
    relaxed.labellings = node.tuned.labellings;
    relaxed.devices.clear();
    for (std::size_t d = 0; d < node.tuned.devices.size(); ++d)
      relaxed.devices.push_back(
          std::clamp(static_cast<int>(std::ceil(node.tuned.devices[d] - 1e-3)), node.box.lo[d], node.box.hi[d]));
    if (c >= node.tuned.devices.size()) break;
    const int below = static_cast<int>(std::floor(node.tuned.devices[c]));
    for (const bool upper : {false, true}) {
      Node half{node.energy_j, node.box, false, {}};
      (upper ? half.box.lo[c] : half.box.hi[c]) = upper ? below + 1 : below;
      for (const PriceBound& bound : bounds_)
        half.energy_j = std::max(half.energy_j, proved_j(bound, half.box, period_s));
      open.push(std::move(half));
    }
  }
  return relaxed;
}

}  // namespace cleave::labels
