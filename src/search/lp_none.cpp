// Stands in for the linear program when it is not built in.
#include "search/lower_envelope.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {

std::vector<double> lower_envelope_j(const CostTable& cost, const std::vector<double>& periods_s) {
  double total = 0;
  for (const OpId op : cost.inputs.ids()) {
    double least = kCannot;
    for (const ModeId mode : cost.modes.ids())
      if (const double seconds = cost.compute_s(op, mode); std::isfinite(seconds))
        least =
            std::min(least, cost.compute_j(op, mode) + cost.classes[cost.modes[mode].device_class].idle_w * seconds);
    total += least;
  }
  return std::vector<double>(periods_s.size(), total * (1 - 1e-9));
}

}  // namespace cleave
