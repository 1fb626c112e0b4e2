#include "search/bytes_count.hpp"

#include <algorithm>

namespace cleave {

/// Not where a stage of all operators that moves every tensor both ways keeps all weights and fits.
bool bytes_count(const CostTable& cost, ModeId mode) {
  double weights = 0;
  double live = 0;
  double moved = 0;
  for (const OpId op : cost.inputs.ids()) {
    weights += cost.weight_bytes(op, mode);
    live = std::max(live, cost.live_bytes(op, mode));
  }
  for (const TensorId tensor : cost.tensors.ids()) moved += cost.transfer_bytes(tensor, mode);
  const ModeCost& how = cost.modes[mode];
  constexpr double rounded_up = 1 + 1e-9;
  return weights * rounded_up > how.resident_bytes ||
         (weights + live + 4 * moved) * rounded_up > cost.classes[how.device_class].memory_bytes;
}

}  // namespace cleave
