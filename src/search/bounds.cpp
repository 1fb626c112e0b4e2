#include "search/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cleave {
namespace {

/// Sums of n terms that are not negative are off by n eps of themselves at most: far below this.
constexpr double kSafety = 1 - 1e-11;

/// No capacity: hopeless unless there is no work for it.
double inverse(double capacity) { return capacity > 0 ? 1 / capacity : 1e300; }

double least_energy_j(const CostTable& cost, OpId op, bool with_idle) {
  double least = kCannot;
  for (const ModeId mode : cost.modes.ids()) {
    const double seconds = cost.compute_s(op, mode);
    if (!std::isfinite(seconds)) continue;
    const double idle_j = with_idle ? cost.classes[cost.modes[mode].device_class].idle_w * seconds : 0;
    least = std::min(least, cost.compute_j(op, mode) + idle_j);
  }
  return least;
}

}  // namespace

std::pair<ModeId, double> cheapest_by(const CostTable& cost, OpId op, const Prices& price) {
  std::pair<ModeId, double> best{ModeId(0), kCannot};
  for (const ModeId mode : cost.modes.ids()) {
    const double seconds = cost.compute_s(op, mode);
    if (!std::isfinite(seconds)) continue;
    const double priced = price[cost.modes[mode].device_class] * seconds;
    if (priced < best.second) best = {mode, priced};
  }
  return best;
}

double balance_s(const CostTable& cost, const Prices& price) {
  double work = 0;
  double capacity = 0;
  for (const OpId op : cost.inputs.ids()) work += cheapest_by(cost, op, price).second;
  for (const ClassId device : cost.classes.ids()) capacity += price[device] * cost.classes[device].count;
  return capacity > 0 ? work / capacity * kSafety : 0;
}

// By multiplicative updates: a class that the cheapest assignment overloads gets dearer.
Prices tune_prices(const CostTable& cost) {
  Prices price(cost.classes.size(), 1.0);
  Prices best = price;
  double best_bound = balance_s(cost, price);
  for (int round = 0; round < 60; ++round) {
    IndexVector<ClassId, double> load(cost.classes.size(), 0.0);
    for (const OpId op : cost.inputs.ids()) {
      const auto [mode, priced] = cheapest_by(cost, op, price);
      if (std::isfinite(priced)) load[cost.modes[mode].device_class] += cost.compute_s(op, mode);
    }
    double largest = 0;
    for (const ClassId device : cost.classes.ids())
      largest = std::max(largest, load[device] / cost.classes[device].count);
    if (largest <= 0) break;
    const double step = 2.0 / (1 + 0.2 * round);
    for (const ClassId device : cost.classes.ids())
      price[device] *= std::exp(step * (load[device] / cost.classes[device].count / largest - 0.5));
    const double bound = balance_s(cost, price);
    if (bound > best_bound) {
      best_bound = bound;
      best = price;
    }
  }
  return best;
}

std::vector<double> sums_inside(const Lattice& lattice, const IndexVector<OpId, double>& of) {
  std::vector<double> inside(lattice.size(), 0);
  for (std::uint32_t ideal = 1; ideal < lattice.size(); ++ideal) {
    const Lattice::Cover cover = lattice.covers(ideal).front();
    inside[ideal] = inside[cover.lower] + of[cover.op] * kSafety;
  }
  return inside;
}

std::vector<double> sums_outside(const Lattice& lattice, const IndexVector<OpId, double>& of) {
  // From the top down, so that nothing is ever subtracted: differences of large sums would cancel.
  std::vector<double> outside(lattice.size(), -1);
  outside[lattice.top()] = 0;
  for (std::uint32_t ideal = lattice.top(); ideal > 0; --ideal)
    for (const Lattice::Cover& cover : lattice.covers(ideal))
      if (outside[cover.lower] < 0) outside[cover.lower] = outside[ideal] + of[cover.op];
  for (double& sum : outside) sum *= kSafety;
  return outside;
}

Bounds::Bounds(const CostTable& cost, const Lattice& lattice, const Counts& counts, double least_s)
    : least_s_(least_s),
      inverse_free_(counts.size()),
      inverse_used_(counts.size()),
      idle_w_(counts.size()),
      least_idle_w_(kCannot) {
  const Prices price = tune_prices(cost);
  work_ = IndexVector<OpId, double>(cost.operator_count());
  IndexVector<OpId, double> energy(cost.operator_count());
  for (const OpId op : cost.inputs.ids()) {
    work_[op] = cheapest_by(cost, op, price).second;
    energy[op] = least_energy_j(cost, op, true);
    dynamic_j_ += least_energy_j(cost, op, false);
  }
  dynamic_j_ *= kSafety;
  work_to_go_ = sums_outside(lattice, work_);
  work_done_ = sums_inside(lattice, work_);
  energy_to_go_ = sums_outside(lattice, energy);
  for (std::size_t code = 0; code < counts.size(); ++code) {
    double free = 0;
    double used = 0;
    for (const ClassId device : cost.classes.ids()) {
      free += price[device] * counts.free(code, device);
      used += price[device] * counts.used(code, device);
      idle_w_[code] += cost.classes[device].idle_w * counts.used(code, device);
    }
    inverse_free_[code] = inverse(free);
    inverse_used_[code] = inverse(used);
  }
  for (const ClassCost& device : cost.classes) least_idle_w_ = std::min(least_idle_w_, device.idle_w);
}

}  // namespace cleave
