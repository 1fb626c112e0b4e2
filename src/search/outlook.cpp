#include "search/outlook.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

using Prices = IndexVector<ClassId, double>;

/// Prices are tuned at this many periods at most: each costs a number per ideal and per count code.
constexpr std::size_t kMaxPricings = 24;

/// The mode in which `op` is cheapest under `price`, and what it costs there.
std::pair<ModeId, double> cheapest(const CostTable& cost, OpId op, const Prices& price) {
  std::pair<ModeId, double> best{ModeId(0), kCannot};
  for (const ModeId mode : cost.modes.ids()) {
    const double seconds = cost.compute_s(op, mode);
    if (!std::isfinite(seconds)) continue;
    const ClassId device = cost.modes[mode].device_class;
    const double priced = cost.compute_j(op, mode) + (cost.classes[device].idle_w + price[device]) * seconds;
    if (priced < best.second) best = {mode, priced};
  }
  return best;
}

struct Dual {
  double value = 0;
  Prices slope;  ///< load beyond capacity, per class
};

Dual dual_at(const CostTable& cost, const Prices& price, double period_s) {
  Dual dual{0, Prices(cost.classes.size(), 0.0)};
  for (const OpId op : cost.inputs.ids()) {
    const auto [mode, priced] = cheapest(cost, op, price);
    if (!std::isfinite(priced)) continue;
    dual.value += priced;
    dual.slope[cost.modes[mode].device_class] += cost.compute_s(op, mode);
  }
  for (const ClassId device : cost.classes.ids()) {
    const double capacity_s = period_s * cost.classes[device].count;
    dual.value -= price[device] * capacity_s;
    dual.slope[device] -= capacity_s;
  }
  return dual;
}

/// Maximises the dual over one price by bisection on its slope (it is concave in each price).
void raise_one(const CostTable& cost, Prices& price, ClassId device, double period_s, double unit_w) {
  double high = std::max(2 * price[device], unit_w);
  const auto slope_at = [&](double candidate) {
    Prices trial = price;
    trial[device] = candidate;
    return dual_at(cost, trial, period_s).slope[device];
  };
  for (int i = 0; i < 24 && slope_at(high) > 0; ++i) high *= 4;
  double low = 0;
  for (int i = 0; i < 30; ++i) (slope_at((low + high) / 2) > 0 ? low : high) = (low + high) / 2;
  price[device] = low;
}

/// Coordinate ascent. It may stop short of the maximum, where the bound is only weaker.
Prices tune(const CostTable& cost, Prices price, double period_s, double unit_w) {
  double value = dual_at(cost, price, period_s).value;
  for (int round = 0; round < 12; ++round) {
    Prices next = price;
    for (const ClassId device : cost.classes.ids()) raise_one(cost, next, device, period_s, unit_w);
    const double reached = dual_at(cost, next, period_s).value;
    if (!(reached > value)) break;
    const bool settled = reached - value <= 1e-6 * std::abs(reached);
    price = next;
    value = reached;
    if (settled) break;
  }
  return price;
}

}  // namespace

Outlook::Outlook(const CostTable& cost, const Lattice& lattice, const Counts& counts, const Bounds& bounds,
                 std::vector<Incumbent> incumbents)
    : bounds_(bounds), incumbents_(std::move(incumbents)) {
  const double unit_w =
      incumbents_.empty() ? 1 : std::max(1e-12, incumbents_.back().energy_j / incumbents_.back().period_s);
  const auto add = [&](const Prices& price) {
    IndexVector<OpId, double> priced(cost.operator_count());
    for (const OpId op : cost.inputs.ids()) priced[op] = cheapest(cost, op, price).second;
    Pricing pricing{sums_outside(lattice, priced), std::vector<double>(counts.size(), 0)};
    for (std::size_t code = 0; code < counts.size(); ++code)
      for (const ClassId device : cost.classes.ids())
        pricing.capacity_w[code] += price[device] * counts.free(code, device);
    pricings_.push_back(std::move(pricing));
  };
  Prices price(cost.classes.size(), 0.0);
  add(price);
  // Interval i lies between incumbents i and i+1; slow to fast, each starting from the last prices.
  pricing_of_.assign(incumbents_.size(), 0);
  if (incumbents_.size() < 2) return;
  const std::size_t intervals = incumbents_.size() - 1;
  const std::size_t step = (intervals + kMaxPricings - 1) / kMaxPricings;
  for (std::size_t interval = intervals; interval-- > 0;) {
    if (interval % step == 0) {
      price = tune(cost, price, incumbents_[interval + 1].period_s, unit_w);
      add(price);
    }
    pricing_of_[interval] = pricings_.size() - 1;
  }
}

std::size_t Outlook::faster(double period_s) const {
  return static_cast<std::size_t>(
      std::upper_bound(incumbents_.begin(), incumbents_.end(), period_s,
                       [](double p, const Incumbent& known) { return p < known.period_s; }) -
      incumbents_.begin());
}

double Outlook::least_j(const Pricing& pricing, std::uint32_t ideal, std::size_t code, std::size_t interval) const {
  const double slope_w = bounds_.idle_w(code) - pricing.capacity_w[code];
  const bool last = interval + 1 == incumbents_.size();
  if (last && slope_w < 0) return 0;  // falls without end
  const double at_s = slope_w >= 0 ? incumbents_[interval].period_s : incumbents_[interval + 1].period_s;
  return pricing.rest_j[ideal] + at_s * slope_w;
}

void Outlook::thresholds(std::uint32_t ideal, std::size_t code, std::vector<double>& out) const {
  out.assign(incumbents_.size() + 1, kCannot);
  double highest = 0;
  for (std::size_t interval = incumbents_.size(); interval-- > 0;) {
    double least = least_j(pricings_.front(), ideal, code, interval);
    const std::size_t tuned = pricing_of_[interval];
    for (std::size_t p = std::max<std::size_t>(tuned, 2) - 1; p < std::min(tuned + 2, pricings_.size()); ++p)
      least = std::max(least, least_j(pricings_[p], ideal, code, interval));
    highest = std::max(highest, incumbents_[interval].energy_j - least);
    out[interval + 1] = highest;
  }
}

}  // namespace cleave
