#include "search/any_bounds/energy_bound.hpp"

#include "search/lower_envelope.hpp"
#include "search/never_fits.hpp"
#include "search/price_envelope.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// Sums of n terms that are not negative are off by n eps of themselves at most: far below this.
constexpr double kSafety = 1e-9;

/// Of the linear program: beyond, it takes longer than many a search.
constexpr std::size_t kMostColumns = 8000;

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

}  // namespace

double proved_j(const CostTable& cost, const EnergyEvidence& evidence, double period_s) {
  return line(cost, evidence).at(period_s);
}

std::vector<EnergyBound> bound_energies(const CostTable& table, const std::vector<double>& periods_s) {
  const CostTable cost = without_what_never_fits(table);
  std::vector<EnergyEvidence> evidence{{IndexVector<ClassId, double>(cost.classes.size(), 0.0)}};
  const bool small = cost.operator_count() * cost.modes.size() <= kMostColumns;
  const std::vector<double> sampled_s = sample(periods_s);
  for (auto& price_w : small ? load_prices_w(cost, sampled_s) : tuned_load_prices_w(cost, sampled_s))
    evidence.push_back({std::move(price_w)});
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

}  // namespace cleave
