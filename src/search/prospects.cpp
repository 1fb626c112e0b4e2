#include "search/prospects.hpp"

#include <algorithm>

namespace cleave {

std::vector<Incumbent> with_steps(const std::vector<Incumbent>& known, double max_load_s) {
  constexpr double step = 1.2;
  constexpr std::size_t most = 32;
  std::vector<Incumbent> all;
  for (std::size_t i = 0; i < known.size(); ++i) {
    all.push_back(known[i]);
    const double next_s = i + 1 < known.size() ? known[i + 1].period_s : max_load_s;
    const std::size_t end = all.size() + most;
    for (double at_s = known[i].period_s * step; at_s * step < next_s && at_s > 0 && all.size() < end; at_s *= step)
      all.push_back({at_s, known[i].energy_j});
  }
  return all;
}

double largest_useful_period_s(const Bounds& bounds, const std::vector<Incumbent>& incumbents) {
  double largest = kCannot;
  for (const Incumbent& known : incumbents) {
    double from_s = known.period_s;
    if (bounds.energy_to_go_j(0) < known.energy_j * kBetter)
      from_s = bounds.least_idle_w() > 0
                   ? std::max(from_s, (known.energy_j - bounds.dynamic_j()) / bounds.least_idle_w())
                   : kCannot;
    largest = std::min(largest, from_s);
  }
  return largest * (1 + 1e-9);
}

double hopeless_from_s(const Outlook& outlook, const std::vector<Incumbent>& steps) {
  std::vector<double> thresholds;
  outlook.thresholds(0, 0, 0, thresholds);
  const auto hopeless = std::find_if(thresholds.begin() + 1, thresholds.end(), [](double j) { return j <= 0; });
  return hopeless == thresholds.end() ? kCannot
                                      : steps[static_cast<std::size_t>(hopeless - thresholds.begin()) - 1].period_s;
}

std::vector<bool> hopeful(std::vector<bool> cuts, const Counts& counts, const Bounds& bounds, const Outlook& outlook,
                          double max_load_s, const std::function<bool()>& give_up) {
  std::vector<double> thresholds;
  const auto matters = [&](std::uint32_t ideal, std::size_t code) {
    const double least_s = bounds.period_s(ideal, code);
    if (least_s > max_load_s) return false;
    const std::size_t known = outlook.faster(least_s);
    outlook.thresholds(ideal, code, known, thresholds);
    return thresholds[known] > 0;
  };
  for (std::uint32_t ideal = 0; ideal < cuts.size() && !give_up(); ++ideal) {
    bool any = false;
    for (std::size_t code = 0; cuts[ideal] && !any && code < counts.size(); ++code) any = matters(ideal, code);
    cuts[ideal] = any;
  }
  return cuts;
}

}  // namespace cleave
