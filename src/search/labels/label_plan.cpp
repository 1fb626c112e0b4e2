#include "search/labels/label_plan.hpp"

#include "search/flow_order.hpp"

#include <algorithm>

namespace cleave::labels {
namespace {

/// The operators of one mode and their time.
struct Share {
  ModeId mode = {};
  std::vector<OpId> operators;
  double compute_s = 0;
  int devices = 0;
};

/// Devices in proportion to the time, one each at least. False when there are too few.
bool deal(std::vector<Share>& shares, int devices) {
  for (Share& share : shares) share.devices = 1;
  for (int left = devices - static_cast<int>(shares.size()); left > 0; --left)
    ++std::max_element(shares.begin(), shares.end(), [](const Share& a, const Share& b) {
        return a.compute_s / a.devices < b.compute_s / b.devices;
      })->devices;
  return static_cast<int>(shares.size()) <= devices;
}

/// Consecutive parts of equal time, one for each device.
void split(const CostTable& cost, const Share& share, std::vector<Stage>& stages) {
  double done_s = 0;
  std::vector<Stage> parts(static_cast<std::size_t>(share.devices), Stage{share.mode, 1, {}});
  for (const OpId op : share.operators) {
    const double middle_s = done_s + cost.compute_s(op, share.mode) / 2;
    const double part = share.compute_s > 0 ? middle_s / share.compute_s * share.devices : 0;
    parts[std::min(parts.size() - 1, static_cast<std::size_t>(part))].operators.push_back(op);
    done_s += cost.compute_s(op, share.mode);
  }
  for (Stage& part : parts)
    if (!part.operators.empty()) stages.push_back(std::move(part));
}

}  // namespace

std::optional<Plan> label_plan(const CostTable& cost, const Labelling& labels, const std::vector<int>& devices) {
  std::vector<Stage> stages;
  for (const ClassId device : cost.classes.ids()) {
    std::vector<Share> shares;
    for (const ModeId mode : cost.modes.ids()) {
      if (cost.modes[mode].device_class != device) continue;
      Share share{mode, {}, 0, 0};
      for (const OpId op : cost.inputs.ids()) {
        if (labels.mode_of[op.at()] != mode.value) continue;
        share.operators.push_back(op);
        share.compute_s += cost.compute_s(op, mode);
      }
      if (!share.operators.empty()) shares.push_back(std::move(share));
    }
    if (shares.empty()) continue;
    const int most = cost.classes[device].count;
    if (!deal(shares, std::clamp(devices[device.at()], std::min(most, static_cast<int>(shares.size())), most)))
      return std::nullopt;
    for (Share& share : shares)
      if (cost.classes[device].replicate)
        stages.push_back({share.mode, share.devices, std::move(share.operators)});
      else
        split(cost, share, stages);
  }
  return Plan{in_order_of_flow(cost, std::move(stages))};
}

}  // namespace cleave::labels
