#include "search/any_bounds/energy_bound.hpp"

#include "search/lower_envelope.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// Sums of n terms that are not negative are off by n eps of themselves at most: far below this.
constexpr double kSafety = 1e-9;

/// What prices prove is linear in the period.
struct Line {
  double at_zero_j = 0;
  double slope_w = 0;
  [[nodiscard]] double at(double period_s) const { return std::max(0.0, at_zero_j - period_s * slope_w); }
};

Line line(const CostTable& cost, const EnergyEvidence& evidence) {
  Line proved;
  for (const OpId op : cost.inputs.ids()) {
    double least_j = kCannot;
    for (const ModeId mode : cost.modes.ids()) {
      const double seconds = cost.compute_s(op, mode);
      if (!std::isfinite(seconds)) continue;
      const ClassId device = cost.modes[mode].device_class;
      least_j = std::min(least_j,
                         cost.compute_j(op, mode) + (cost.classes[device].idle_w + evidence.price_w[device]) * seconds);
    }
    proved.at_zero_j += least_j;
  }
  proved.at_zero_j *= 1 - kSafety;
  for (const ClassId device : cost.classes.ids())
    proved.slope_w += cost.classes[device].count * evidence.price_w[device];
  proved.slope_w *= 1 + kSafety;
  return proved;
}

/// Evenly over the sorted periods, both ends among them.
std::vector<double> sample(std::vector<double> periods_s) {
  constexpr std::size_t most = 24;
  std::sort(periods_s.begin(), periods_s.end());
  if (periods_s.size() <= most) return periods_s;
  std::vector<double> some;
  for (std::size_t i = 0; i < most; ++i) some.push_back(periods_s[i * (periods_s.size() - 1) / (most - 1)]);
  return some;
}

bool all_zero(const CostTable& cost, const Table<OpId, ModeId, double>& of) {
  for (const OpId op : cost.inputs.ids())
    for (const ModeId mode : cost.modes.ids())
      if (of(op, mode) != 0) return false;
  return true;
}

}  // namespace

double proved_j(const CostTable& cost, const EnergyEvidence& evidence, double period_s) {
  return line(cost, evidence).at(period_s);
}

std::vector<EnergyBound> bound_energies(const CostTable& cost, const std::vector<double>& periods_s) {
  std::vector<EnergyEvidence> evidence{{IndexVector<ClassId, double>(cost.classes.size(), 0.0)}};
  for (auto& price_w : load_prices_w(cost, sample(periods_s))) evidence.push_back({std::move(price_w)});
  std::vector<Line> lines;
  for (const EnergyEvidence& one : evidence) lines.push_back(line(cost, one));
  std::vector<EnergyBound> bounds;
  for (const double period_s : periods_s) {
    const auto best = std::max_element(lines.begin(), lines.end(),
                                       [&](const Line& a, const Line& b) { return a.at(period_s) < b.at(period_s); });
    bounds.push_back({best->at(period_s), evidence[static_cast<std::size_t>(best - lines.begin())]});
  }
  return bounds;
}

bool without_joules(const CostTable& cost) {
  for (const ClassCost& device : cost.classes)
    if (device.idle_w != 0) return false;
  for (const ModeCost& mode : cost.modes)
    if (mode.stage_launch_j != 0 || mode.reload_j_per_byte != 0) return false;
  for (const TensorId tensor : cost.tensors.ids())
    for (const ModeId mode : cost.modes.ids())
      if (cost.transfer_j(tensor, mode) != 0) return false;
  if (cost.links)
    for (const ClassId from : cost.classes.ids())
      for (const ClassId to : cost.classes.ids())
        if (cost.links->j_per_byte(from, to) != 0) return false;
  return all_zero(cost, cost.compute_j);
}

}  // namespace cleave
