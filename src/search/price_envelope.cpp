#include "search/price_envelope.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

using Prices = IndexVector<ClassId, double>;

constexpr std::size_t kMostTuned = 6;
constexpr int kSteps = 120;

/// The bound as a line over the period: value_j - period x slope_w.
struct Line {
  double value_j = 0;
  double slope_w = 0;
  [[nodiscard]] double at(double period_s) const { return value_j - period_s * slope_w; }
};

/// The line, and the load of each class where every operator is put where it is cheapest.
Line line_of(const CostTable& cost, const Prices& price, Prices& load_s) {
  Line line;
  load_s = Prices(cost.classes.size(), 0.0);
  for (const OpId op : cost.inputs.ids()) {
    double least_j = kCannot;
    ModeId best(0);
    for (const ModeId mode : cost.modes.ids()) {
      const double seconds = cost.compute_s(op, mode);
      if (!std::isfinite(seconds)) continue;
      const ClassId device = cost.modes[mode].device_class;
      const double joules = cost.compute_j(op, mode) + (cost.classes[device].idle_w + price[device]) * seconds;
      if (joules < least_j) {
        least_j = joules;
        best = mode;
      }
    }
    if (!std::isfinite(least_j)) continue;
    line.value_j += least_j;
    load_s[cost.modes[best].device_class] += cost.compute_s(op, best);
  }
  for (const ClassId device : cost.classes.ids()) line.slope_w += price[device] * cost.classes[device].count;
  return line;
}

/// Subgradient ascent with a shrinking step: a class loaded beyond its capacity gets dearer. Keeps the best line.
void tune(const CostTable& cost, Prices& price, double period_s) {
  Prices load_s;
  Line best = line_of(cost, price, load_s);
  Prices best_price = price;
  const double unit_w = best.value_j / period_s;
  for (int step = 0; step < kSteps; ++step) {
    const double rate = 0.5 / (1 + 0.1 * step);
    for (const ClassId device : cost.classes.ids()) {
      const double capacity_s = period_s * std::max(1, cost.classes[device].count);
      const double excess = std::clamp(load_s[device] / capacity_s - 1, -1.0, 1.0);
      price[device] = std::max(0.0, price[device] * std::exp(rate * excess));
      if (price[device] < 1e-6 * unit_w) price[device] = excess > 0 ? 0.01 * unit_w : 0;
    }
    const Line line = line_of(cost, price, load_s);
    if (line.at(period_s) <= best.at(period_s)) continue;
    best = line;
    best_price = price;
  }
  price = best_price;
}

}  // namespace

std::vector<IndexVector<ClassId, double>> tuned_load_prices_w(const CostTable& cost,
                                                              const std::vector<double>& periods_s) {
  Prices price(cost.classes.size(), 0.0);
  std::vector<Prices> tuned;
  const std::size_t step = (periods_s.size() + kMostTuned - 1) / kMostTuned;
  for (std::size_t i = 0; i < periods_s.size(); i += step) {
    if (periods_s[i] > 0) tune(cost, price, periods_s[i]);
    tuned.push_back(price);
  }
  return tuned;
}

}  // namespace cleave
