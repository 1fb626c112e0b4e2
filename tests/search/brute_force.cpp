#include "search/brute_force.hpp"

#include <algorithm>
#include <cmath>

namespace cleave::testing_support {
namespace {

using Set = unsigned;

bool in(Set set, OpId op) { return (set >> op.at()) & 1; }

struct Enumeration {
  const CostTable& cost;
  bool any = false;  ///< also plans that are not contiguous
  Set everything = (1U << cost.operator_count()) - 1;
  std::vector<int> free = {};
  std::vector<Taken> found = {};

  void run() {
    for (const ClassCost& device : cost.classes) free.push_back(device.count);
    extend(0, 0, 0, 0);
  }

  [[nodiscard]] bool is_ideal(Set set) const {
    for (const TensorUse& tensor : cost.tensors)
      for (const OpId reader : tensor.consumers)
        if (tensor.producer.valid() && in(set, reader) && !in(set, tensor.producer)) return false;
    return true;
  }

  void extend(Set done, double period_s, double dynamic_j, double idle_w) {
    if (done == everything) {
      Taken& plan = found.emplace_back();
      plan = {period_s, dynamic_j, idle_w, {}};
      for (const ClassId device : cost.classes.ids())
        plan.used.push_back(cost.classes[device].count - free[device.at()]);
      return;
    }
    const Set rest = everything & ~done;
    for (Set stage = rest; stage != 0; stage = (stage - 1) & rest) {
      // Where the order of stages does not matter, the next one has the first operator that is left.
      if (any ? (stage & rest & -rest) == 0 : !is_ideal(done | stage)) continue;
      for (const ModeId mode : cost.modes.ids())
        for (int replicas = 1; replicas <= free[cost.modes[mode].device_class.at()]; ++replicas)
          if (replicas == 1 || cost.classes[cost.modes[mode].device_class].replicate)
            take(done, stage, mode, replicas, period_s, dynamic_j, idle_w);
    }
  }

  void take(Set done, Set stage, ModeId mode, int replicas, double period_s, double dynamic_j, double idle_w) {
    const ClassCost& device = cost.classes[cost.modes[mode].device_class];
    double compute_s = cost.modes[mode].stage_launch_s;
    double energy_j = cost.modes[mode].stage_launch_j;
    double weights = 0;
    double live = 0;
    for (const OpId op : cost.inputs.ids()) {
      if (!in(stage, op)) continue;
      compute_s += cost.compute_s(op, mode);
      energy_j += cost.compute_j(op, mode);
      weights += cost.weight_bytes(op, mode);
      live = std::max(live, cost.live_bytes(op, mode));
    }
    const double excess = weights - cost.modes[mode].resident_bytes;
    if (excess > 0) {
      compute_s += excess * cost.modes[mode].reload_s_per_byte;
      energy_j += excess * cost.modes[mode].reload_j_per_byte;
    }
    double in_s = 0;
    double out_s = 0;
    double memory = weights + live;
    for (const TensorId tensor : cost.tensors.ids()) {
      const TensorUse& use = cost.tensors[tensor];
      const bool made_here = use.producer.valid() && in(stage, use.producer);
      bool read_here = false;
      bool read_elsewhere = use.leaves;
      for (const OpId reader : use.consumers) (in(stage, reader) ? read_here : read_elsewhere) = true;
      const bool receives = read_here && !made_here;
      const bool sends = made_here && read_elsewhere;
      in_s += receives ? cost.transfer_s(tensor, mode) : 0;
      out_s += sends ? cost.transfer_s(tensor, mode) : 0;
      energy_j += receives || sends ? cost.transfer_j(tensor, mode) : 0;
      memory += receives || sends ? 2 * cost.transfer_bytes(tensor, mode) : 0;
    }
    if (!std::isfinite(compute_s) || memory > device.memory_bytes) return;
    double load_s = in_s + compute_s + out_s;
    if (device.overlap) load_s = std::max(compute_s, device.full_duplex ? std::max(in_s, out_s) : in_s + out_s);
    int& available = free[cost.modes[mode].device_class.at()];
    available -= replicas;
    extend(done | stage, std::max(period_s, load_s / replicas), dynamic_j + energy_j,
           idle_w + device.idle_w * replicas);
    available += replicas;
  }
};

}  // namespace

std::vector<Taken> every_plan(const CostTable& cost, bool any) {
  Enumeration all{.cost = cost, .any = any};
  all.run();
  return all.found;
}

std::vector<Point> non_dominated(std::vector<Point> points) {
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) {
    return a.period_s != b.period_s ? a.period_s < b.period_s : a.energy_j < b.energy_j;
  });
  std::vector<Point> best;
  for (const Point& point : points)
    if (best.empty() || point.energy_j < best.back().energy_j) best.push_back(point);
  return best;
}

std::vector<Point> brute_force(const CostTable& cost, bool any) {
  std::vector<Point> points;
  for (const Taken& plan : every_plan(cost, any))
    points.push_back({plan.period_s, (plan.dynamic_j + plan.period_s * plan.idle_w) / static_cast<double>(cost.batch)});
  return non_dominated(std::move(points));
}

}  // namespace cleave::testing_support
