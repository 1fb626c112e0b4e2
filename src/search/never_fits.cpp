#include "search/never_fits.hpp"

namespace cleave {

bool fits_alone(const CostTable& cost, OpId op, ModeId mode) {
  const ModeCost& how = cost.modes[mode];
  const double weights = cost.weight_bytes(op, mode);
  if (weights > how.resident_bytes && how.reload_s_per_byte == kCannot) return false;
  return weights + cost.live_bytes(op, mode) <= cost.classes[how.device_class].memory_bytes;
}

CostTable without_what_never_fits(CostTable cost) {
  for (const OpId op : cost.inputs.ids())
    for (const ModeId mode : cost.modes.ids()) {
      if (fits_alone(cost, op, mode)) continue;
      cost.compute_s(op, mode) = kCannot;
      cost.compute_j(op, mode) = cost.weight_bytes(op, mode) = cost.live_bytes(op, mode) = 0;
    }
  return cost;
}

}  // namespace cleave
