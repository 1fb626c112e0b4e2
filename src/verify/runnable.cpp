#include "verify/runnable.hpp"

#include <cmath>

namespace cleave::verify {

namespace {
constexpr double kMemorySlack = 1 + 1e-12;
}  // namespace

bool can_run(const CostTable& cost, OpId op, ModeId mode) {
  const ModeCost& how = cost.modes[mode];
  const double weights = cost.weight_bytes(op, mode);
  if (!std::isfinite(cost.compute_s(op, mode))) return false;
  if (weights > how.resident_bytes && how.reload_s_per_byte == kCannot) return false;
  return weights + cost.live_bytes(op, mode) <= cost.classes[how.device_class].memory_bytes * kMemorySlack;
}

CostTable only_runnable(CostTable cost) {
  for (const ModeId mode : cost.modes.ids())
    for (const OpId op : cost.inputs.ids())
      if (!can_run(cost, op, mode)) cost.compute_s(op, mode) = kCannot;
  return cost;
}

}  // namespace cleave::verify
