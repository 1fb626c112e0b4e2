#include "search/trail_potential.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

constexpr int kTuningRounds = 20;

}  // namespace

PricedStages::PricedStages(const CostTable& cost, const std::vector<TrailEnd>& ends, double period_s) : cost_(cost) {
  for (const TrailEnd& end : ends) {
    first_.push_back(moves_.size());
    for (const TrailStep& step : end.steps)
      for (std::uint32_t i = step.first; i < step.last; ++i) {
        const TrailStage& stage = end.stages[i];
        if (stage.load_s > period_s || (stage.replicas > 1 && stage.spare_from_s <= period_s)) continue;
        moves_.push_back({step.lower, static_cast<std::uint16_t>(cost.modes[stage.mode].device_class.at()),
                          static_cast<std::uint16_t>(stage.replicas), stage.energy_j,
                          step.on_path ? stage.duration_s : 0});
      }
  }
  first_.push_back(moves_.size());
}

void PricedStages::tune(Potential& potential, double idle_s, double aim) const {
  potential.price.assign(cost_.classes.size(), 0);
  std::vector<int> used(cost_.classes.size());
  double best = pass(potential, idle_s, used);
  Potential trial = potential;
  double value = best;
  for (int round = 0; round < kTuningRounds && std::isfinite(aim) && std::isfinite(best); ++round) {
    double norm = 0;
    for (const ClassId device : cost_.classes.ids()) {
      const int excess = used[device.at()] - cost_.classes[device].count;
      if (excess > 0 || trial.price[device.at()] > 0) norm += static_cast<double>(excess) * excess;
    }
    if (norm <= 0 || value >= aim) break;
    for (const ClassId device : cost_.classes.ids()) {
      const int excess = used[device.at()] - cost_.classes[device].count;
      double& price = trial.price[device.at()];
      price = std::max(0.0, price + 0.8 * (aim - value) / norm * excess);
    }
    value = pass(trial, idle_s, used);
    if (value > best) {
      best = value;
      potential = trial;
    }
  }
}

double PricedStages::pass(Potential& potential, double idle_s, std::vector<int>& used) const {
  const std::size_t ideals = first_.size() - 1;
  std::vector<double> per_device;
  for (const ClassId device : cost_.classes.ids())
    per_device.push_back(potential.price[device.at()] +
                         potential.energy_weight * idle_s * cost_.classes[device].idle_w);
  struct Choice {
    std::uint32_t upper;
    std::uint32_t move;
  };
  std::vector<Choice> choice(ideals, {0, 0});
  potential.to_go.assign(ideals, kCannot);
  potential.to_go.back() = 0;
  for (auto upper = static_cast<std::uint32_t>(ideals - 1); upper > 0; --upper) {
    const double rest = potential.to_go[upper];
    if (!std::isfinite(rest)) continue;
    for (std::size_t i = first_[upper]; i < first_[upper + 1]; ++i) {
      const Move& move = moves_[i];
      const double value = rest + potential.energy_weight * move.energy_j + potential.latency_weight * move.on_path_s +
                           per_device[move.device_class] * move.replicas;
      if (value >= potential.to_go[move.lower]) continue;
      potential.to_go[move.lower] = value;
      choice[move.lower] = {upper, static_cast<std::uint32_t>(i)};
    }
  }
  std::fill(used.begin(), used.end(), 0);
  if (!std::isfinite(potential.to_go[0])) return kCannot;
  for (std::uint32_t at = 0; at + 1 < ideals; at = choice[at].upper) {
    const Move& move = moves_[choice[at].move];
    used[move.device_class] += move.replicas;
  }
  double value = potential.to_go[0];
  for (const ClassId device : cost_.classes.ids()) value -= potential.price[device.at()] * cost_.classes[device].count;
  return value;
}

}  // namespace cleave
