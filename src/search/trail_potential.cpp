#include "search/trail_potential.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

constexpr int kTuningRounds = 20;

}  // namespace

CountedClasses::CountedClasses(const CostTable& cost, const Counts& counts, std::size_t max_codes)
    : stride_(cost.classes.size(), 0), code_(counts.size(), 0) {
  std::vector<ClassId> order;
  for (const ClassId device : cost.classes.ids()) {
    order.push_back(device);
    limit_.push_back(static_cast<std::size_t>(cost.classes[device].count) + 1);
  }
  std::stable_sort(order.begin(), order.end(), [&](ClassId a, ClassId b) { return limit_[a] < limit_[b]; });
  for (const ClassId device : order) {
    if (size_ * limit_[device] > max_codes) break;
    stride_[device] = size_;
    size_ *= limit_[device];
    for (std::size_t code = 0; code < counts.size(); ++code)
      code_[code] += static_cast<std::uint32_t>(stride_[device] * static_cast<std::size_t>(counts.used(code, device)));
  }
}

bool CountedClasses::all_counted() const {
  return std::all_of(stride_.begin(), stride_.end(), [](std::size_t stride) { return stride > 0; });
}

PotentialStages::PotentialStages(const CostTable& cost, const CountedClasses& counted,
                                 const std::vector<TrailEnd>& ends, double period_s)
    : cost_(cost), counted_(counted) {
  for (const TrailEnd& end : ends) {
    first_.push_back(moves_.size());
    for (const TrailStep& step : end.steps)
      for (std::uint32_t i = step.first; i < step.last; ++i) {
        const TrailStage& stage = end.stages[i];
        if (stage.load_s > period_s || (stage.replicas > 1 && stage.spare_from_s <= period_s)) continue;
        moves_.push_back({step.lower, static_cast<std::uint16_t>(cost.modes[stage.mode].device_class.at()),
                          static_cast<std::uint16_t>(stage.replicas), stage.energy_j, stage.duration_s, step.on_path,
                          step.has_gate});
      }
  }
  first_.push_back(moves_.size());
}

void PotentialStages::fill(Potential& potential, double idle_s, double aim) const {
  potential.price.assign(cost_.classes.size(), 0);
  pass(potential, device_costs(potential, idle_s));
  if (!counted_.all_counted()) tune(potential, idle_s, aim);
  if (potential.latency_weight > 0) pass_from_gates(potential, device_costs(potential, idle_s));
}

void PotentialStages::tune(Potential& potential, double idle_s, double aim) const {
  Potential trial = potential;
  double best = bound(trial);
  double value = best;
  for (int round = 0; round < kTuningRounds && std::isfinite(aim) && std::isfinite(best) && value < aim; ++round) {
    const std::vector<int> in_use = used(trial, device_costs(trial, idle_s));
    IndexVector<ClassId, int> excess;
    double norm = 0;
    for (const ClassId device : cost_.classes.ids()) {
      excess.push_back(counted_.counted(device) ? 0 : in_use[device.at()] - cost_.classes[device].count);
      if (excess[device] > 0 || trial.price[device.at()] > 0)
        norm += static_cast<double>(excess[device]) * excess[device];
    }
    if (norm <= 0) break;
    for (const ClassId device : cost_.classes.ids()) {
      double& price = trial.price[device.at()];
      price = std::max(0.0, price + 0.8 * (aim - value) / norm * excess[device]);
    }
    pass(trial, device_costs(trial, idle_s));
    value = bound(trial);
    if (value > best) {
      best = value;
      potential = trial;
    }
  }
}

/// Of the empty plan.
double PotentialStages::bound(const Potential& potential) const {
  double value = potential.to_go.front();
  for (const ClassId device : cost_.classes.ids()) value -= potential.price[device.at()] * cost_.classes[device].count;
  return value;
}

PotentialStages::DeviceCosts PotentialStages::device_costs(const Potential& potential, double idle_s) const {
  DeviceCosts costs;
  for (const ClassId device : cost_.classes.ids())
    costs.push_back(potential.price[device.at()] + potential.energy_weight * idle_s * cost_.classes[device].idle_w);
  return costs;
}

/// 0 at the full set, whatever is in use, and nothing known elsewhere.
std::vector<double> PotentialStages::unreached() const {
  std::vector<double> values((first_.size() - 1) * counted_.size(), kCannot);
  std::fill(values.end() - static_cast<std::ptrdiff_t>(counted_.size()), values.end(), 0.0);
  return values;
}

double PotentialStages::untimed(const Move& move, const Potential& potential, const DeviceCosts& costs) {
  return potential.energy_weight * move.energy_j + costs[move.device_class] * move.replicas;
}

double PotentialStages::on_path(const Move& move, const Potential& potential, const DeviceCosts& costs) {
  return untimed(move, potential, costs) + (move.on_path ? potential.latency_weight * move.duration_s : 0);
}

void PotentialStages::relax(const Move& move, double value, const double* above, double* below) const {
  counted_.each_step(ClassId(move.device_class), move.replicas, [&](std::size_t before, std::size_t after) {
    below[before] = std::min(below[before], above[after] + value);
  });
}

void PotentialStages::pass(Potential& potential, const DeviceCosts& costs) const {
  potential.to_go = unreached();
  double* const to_go = potential.to_go.data();
  for (std::size_t upper = first_.size() - 2; upper > 0; --upper)
    for (std::size_t i = first_[upper]; i < first_[upper + 1]; ++i) {
      const Move& move = moves_[i];
      relax(move, on_path(move, potential, costs), to_go + upper * counted_.size(),
            to_go + move.lower * counted_.size());
    }
}

/// From a stage that runs the gate on the critical path is where the gate is.
void PotentialStages::pass_from_gates(Potential& potential, const DeviceCosts& costs) const {
  potential.from_gate = unreached();
  double* const from_gate = potential.from_gate.data();
  for (std::size_t upper = first_.size() - 2; upper > 0; --upper)
    for (std::size_t i = first_[upper]; i < first_[upper + 1]; ++i) {
      const Move& move = moves_[i];
      const double value = move.has_gate ? on_path(move, potential, costs) : untimed(move, potential, costs);
      const double* const above = move.has_gate ? potential.to_go.data() : from_gate;
      relax(move, value, above + upper * counted_.size(), from_gate + move.lower * counted_.size());
    }
}

/// By class: devices in use by the plan of the bound. Ideals come after what is in them, so that its stages are met one
/// after the other.
std::vector<int> PotentialStages::used(const Potential& potential, const DeviceCosts& costs) const {
  std::vector<int> devices(cost_.classes.size(), 0);
  std::size_t at = 0;
  std::size_t code = 0;
  const auto follow = [&](std::size_t upper, const Move& move) {
    const double value = on_path(move, potential, costs);
    const double least = potential.to_go[at * counted_.size() + code];
    bool found = false;
    counted_.each_step(ClassId(move.device_class), move.replicas, [&](std::size_t before, std::size_t after) {
      if (found || before != code || potential.to_go[upper * counted_.size() + after] + value != least) return;
      found = true;
      code = after;
    });
    return found;
  };
  for (std::size_t upper = 1; upper + 1 < first_.size(); ++upper)
    for (std::size_t i = first_[upper]; i < first_[upper + 1]; ++i) {
      if (moves_[i].lower != at || !follow(upper, moves_[i])) continue;
      devices[moves_[i].device_class] += moves_[i].replicas;
      at = upper;
      break;
    }
  return devices;
}

}  // namespace cleave
