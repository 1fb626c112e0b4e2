#include "search/labels/labelling.hpp"

#include <algorithm>

namespace cleave::labels {
namespace {

/// Seconds of each phase, of all stages of a mode.
struct Busy {
  double compute_s = 0;
  double receive_s = 0;
  double send_s = 0;
};

}  // namespace

std::vector<Resource> resources_of(const CostTable& cost) {
  std::vector<Resource> resources;
  for (const ClassId device : cost.classes.ids()) {
    const ClassCost& how = cost.classes[device];
    resources.push_back({device, true, !how.overlap, !how.overlap});
    if (!how.overlap) continue;
    resources.push_back({device, false, true, !how.full_duplex});
    if (how.full_duplex) resources.push_back({device, false, false, true});
  }
  return resources;
}

std::vector<PhasePrices> phase_prices(const CostTable& cost, std::span<const Resource> resources,
                                      std::span<const double> price_w) {
  std::vector<PhasePrices> prices(cost.modes.size());
  for (const ModeId mode : cost.modes.ids())
    for (std::size_t r = 0; r < resources.size(); ++r) {
      if (resources[r].device != cost.modes[mode].device_class) continue;
      if (resources[r].computes) prices[mode.at()].compute_w += price_w[r];
      if (resources[r].receives) prices[mode.at()].receive_w += price_w[r];
      if (resources[r].sends) prices[mode.at()].send_w += price_w[r];
    }
  return prices;
}

Labelling labelling_of(const CostTable& cost, std::span<const Resource> resources, std::vector<std::uint32_t> mode_of) {
  Labelling labels{std::move(mode_of), 0, std::vector<double>(resources.size(), 0)};
  std::vector<Busy> busy_s(cost.modes.size());
  const auto mode_at = [&](OpId op) { return ModeId(labels.mode_of[op.at()]); };
  for (const OpId op : cost.inputs.ids()) {
    const bool runs = cost.compute_s(op, mode_at(op)) < kCannot;
    labels.dynamic_j += runs ? cost.compute_j(op, mode_at(op)) : kCannot;
    busy_s[mode_at(op).at()].compute_s += cost.compute_s(op, mode_at(op));
  }
  std::vector<ModeId> readers;
  for (const TensorId tensor : cost.tensors.ids()) {
    const TensorUse& use = cost.tensors[tensor];
    readers.clear();
    for (const OpId op : use.consumers)
      if (!use.producer.valid() || mode_at(op) != mode_at(use.producer)) readers.push_back(mode_at(op));
    std::sort(readers.begin(), readers.end());
    readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    for (const ModeId mode : readers) {
      labels.dynamic_j += cost.transfer_j(tensor, mode);
      busy_s[mode.at()].receive_s += cost.transfer_s(tensor, mode);
    }
    if (!use.producer.valid() || (readers.empty() && !use.leaves)) continue;
    labels.dynamic_j += cost.transfer_j(tensor, mode_at(use.producer));
    busy_s[mode_at(use.producer).at()].send_s += cost.transfer_s(tensor, mode_at(use.producer));
  }
  for (const ModeId mode : cost.modes.ids())
    for (std::size_t r = 0; r < resources.size(); ++r) {
      if (resources[r].device != cost.modes[mode].device_class) continue;
      const Busy& busy = busy_s[mode.at()];
      labels.load_s[r] += (resources[r].computes ? busy.compute_s : 0) + (resources[r].receives ? busy.receive_s : 0) +
                          (resources[r].sends ? busy.send_s : 0);
    }
  return labels;
}

}  // namespace cleave::labels
