#include "space/table_order.hpp"

#include <algorithm>

namespace cleave {
namespace {

/// What a batch of `a` and of `b` takes, per inference.
struct PerInference {
  double a, b;
  [[nodiscard]] bool at_most(double of_a, double of_b) const { return of_a / a <= of_b / b; }
};

bool same_flow(const CostTable& a, const CostTable& b) {
  if (a.inputs.size() != b.inputs.size() || a.tensors.size() != b.tensors.size()) return false;
  return std::equal(
      a.tensors.begin(), a.tensors.end(), b.tensors.begin(), [](const TensorUse& one, const TensorUse& other) {
        return one.producer == other.producer && one.consumers == other.consumers && one.leaves == other.leaves;
      });
}

bool devices_no_worse(const ClassCost& a, const ClassCost& b) {
  return a.count >= b.count && a.idle_w <= b.idle_w && a.full_duplex >= b.full_duplex && a.overlap >= b.overlap &&
         a.replicate >= b.replicate;
}

bool mode_no_worse(const ModeCost& a, const ModeCost& b, const PerInference& each) {
  return a.device_class == b.device_class && each.at_most(a.stage_launch_s, b.stage_launch_s) &&
         each.at_most(a.stage_launch_j, b.stage_launch_j) && a.resident_bytes >= b.resident_bytes &&
         each.at_most(a.reload_s_per_byte, b.reload_s_per_byte) &&
         each.at_most(a.reload_j_per_byte, b.reload_j_per_byte);
}

/// Would even a stage of all operators that moves every tensor fit the memory? Then sizes rule out no plan, and a
/// larger batch may be no worse for all that it holds.
bool always_fits(const CostTable& cost, ModeId mode) {
  constexpr double rounding = 1 + 1e-9;
  const double memory_bytes = cost.classes[cost.modes[mode].device_class].memory_bytes;
  if (memory_bytes == kCannot) return true;
  double weight_bytes = 0, live_bytes = 0, moved_bytes = 0;
  for (const OpId op : cost.inputs.ids()) {
    if (cost.compute_s(op, mode) == kCannot) continue;
    weight_bytes += cost.weight_bytes(op, mode);
    live_bytes = std::max(live_bytes, cost.live_bytes(op, mode));
  }
  for (const TensorId tensor : cost.tensors.ids()) moved_bytes += cost.transfer_bytes(tensor, mode);
  return (weight_bytes + live_bytes + 2 * moved_bytes) * rounding <= memory_bytes;
}

/// What is in memory: each size, and the memory itself.
bool sizes_no_worse(const CostTable& a, const CostTable& b, ModeId mode) {
  if (a.classes[a.modes[mode].device_class].memory_bytes < b.classes[b.modes[mode].device_class].memory_bytes)
    return false;
  for (const OpId op : a.inputs.ids())
    if (b.compute_s(op, mode) < kCannot && a.live_bytes(op, mode) > b.live_bytes(op, mode)) return false;
  for (const TensorId tensor : a.tensors.ids())
    if (a.transfer_bytes(tensor, mode) > b.transfer_bytes(tensor, mode)) return false;
  return true;
}

}  // namespace

bool no_worse(const CostTable& a, const CostTable& b) {
  if (a.links || b.links || a.classes.size() != b.classes.size() || a.modes.size() != b.modes.size() ||
      !same_flow(a, b))
    return false;
  const PerInference each{static_cast<double>(a.batch), static_cast<double>(b.batch)};
  for (const ClassId id : a.classes.ids())
    if (!devices_no_worse(a.classes[id], b.classes[id])) return false;
  for (const ModeId mode : a.modes.ids())
    if (!mode_no_worse(a.modes[mode], b.modes[mode], each)) return false;
  for (const ModeId mode : a.modes.ids()) {
    for (const OpId op : a.inputs.ids()) {
      if (!each.at_most(a.compute_s(op, mode), b.compute_s(op, mode))) return false;
      if (b.compute_s(op, mode) == kCannot) continue;  // the rest counts where it runs
      if (!each.at_most(a.compute_j(op, mode), b.compute_j(op, mode)) ||
          a.weight_bytes(op, mode) > b.weight_bytes(op, mode))
        return false;
    }
    for (const TensorId tensor : a.tensors.ids())
      if (!each.at_most(a.transfer_s(tensor, mode), b.transfer_s(tensor, mode)) ||
          !each.at_most(a.transfer_j(tensor, mode), b.transfer_j(tensor, mode)))
        return false;
    if (!sizes_no_worse(a, b, mode) && !always_fits(a, mode)) return false;
  }
  return true;
}

}  // namespace cleave
