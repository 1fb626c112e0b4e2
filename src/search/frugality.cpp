#include "search/frugality.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {

std::vector<ClassId> by_frugality(const CostTable& cost) {
  IndexVector<ClassId, double> takes_j(cost.classes.size(), 0.0);
  IndexVector<ClassId, double> least_j(cost.classes.size(), 0.0);
  for (const OpId op : cost.inputs.ids()) {
    IndexVector<ClassId, double> own_j(cost.classes.size(), kCannot);
    for (const ModeId mode : cost.modes.ids()) {
      const double seconds = cost.compute_s(op, mode);
      if (!std::isfinite(seconds)) continue;
      const ClassId device = cost.modes[mode].device_class;
      own_j[device] = std::min(own_j[device], cost.compute_j(op, mode) + cost.classes[device].idle_w * seconds);
    }
    const double best_j = *std::min_element(own_j.begin(), own_j.end());
    for (const ClassId device : cost.classes.ids())
      if (std::isfinite(own_j[device])) {
        takes_j[device] += own_j[device];
        least_j[device] += best_j;
      }
  }
  std::vector<ClassId> order;
  for (const ClassId device : cost.classes.ids()) order.push_back(device);
  std::stable_sort(order.begin(), order.end(),
                   [&](ClassId a, ClassId b) { return takes_j[a] * least_j[b] < takes_j[b] * least_j[a]; });
  return order;
}

}  // namespace cleave
