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

namespace {

/// Every operator where it is cheapest.
struct CheapestAssignment {
  CheapestAssignment(const CostTable& cost, const Prices& price) : load_s(cost.classes.size(), 0.0) {
    double work = 0;
    double capacity = 0;
    for (const OpId op : cost.inputs.ids()) {
      const auto [mode, priced] = cheapest_by(cost, op, price);
      work += priced;
      if (std::isfinite(priced)) load_s[cost.modes[mode].device_class] += cost.compute_s(op, mode);
    }
    for (const ClassId device : cost.classes.ids()) {
      capacity += price[device] * cost.classes[device].count;
      if (load_s[device] > 0) load_s[device] /= cost.classes[device].count;
    }
    if (capacity > 0) balance_s = work / capacity * kSafety;
  }
  double balance_s = 0;
  IndexVector<ClassId, double> load_s;  ///< of each device of a class
};

}  // namespace

double balance_s(const CostTable& cost, const Prices& price) { return CheapestAssignment(cost, price).balance_s; }

// By multiplicative updates: a class that the cheapest assignment overloads gets dearer.
Prices tune_prices(const CostTable& cost) {
  Prices price(cost.classes.size(), 1.0);
  Prices best = price;
  CheapestAssignment now(cost, price);
  double best_s = now.balance_s;
  for (int round = 0; round < 60; ++round) {
    const double largest_s = *std::max_element(now.load_s.begin(), now.load_s.end());
    if (!(largest_s > 0)) break;
    const double step = 2.0 / (1 + 0.2 * round);
    for (const ClassId device : cost.classes.ids())
      price[device] *= std::exp(step * (now.load_s[device] / largest_s - 0.5));
    now = CheapestAssignment(cost, price);
    if (now.balance_s > best_s) {
      best_s = now.balance_s;
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
