#include "search/any_bounds/stage_time.hpp"

#include "search/never_fits.hpp"

#include <algorithm>

namespace cleave {
namespace {

Crossing crossing(const CostTable& cost, TensorId tensor, ModeId mode) {
  const TensorUse& use = cost.tensors[tensor];
  Crossing one{.tensor = tensor, .pins = use.consumers, .open = use.leaves, .seconds = cost.transfer_s(tensor, mode)};
  if (use.producer.valid())
    one.pins.push_back(use.producer);
  else
    one.open = true;
  std::sort(one.pins.begin(), one.pins.end());
  one.pins.erase(std::unique(one.pins.begin(), one.pins.end()), one.pins.end());
  return one;
}

}  // namespace

StageTime stage_time(const CostTable& cost, ModeId mode) {
  StageTime time{.mode = mode, .launch_s = cost.modes[mode].stage_launch_s};
  time.compute_s = IndexVector<OpId, double>(cost.operator_count());
  for (const OpId op : cost.inputs.ids())
    time.compute_s[op] = fits_alone(cost, op, mode) ? cost.compute_s(op, mode) : kCannot;
  if (cost.links || cost.classes[cost.modes[mode].device_class].overlap) return time;
  for (const TensorId tensor : cost.tensors.ids()) {
    Crossing one = crossing(cost, tensor, mode);
    if (one.seconds > 0 && (one.open ? !one.pins.empty() : one.pins.size() > 1))
      time.crossings.push_back(std::move(one));
  }
  return time;
}

}  // namespace cleave
