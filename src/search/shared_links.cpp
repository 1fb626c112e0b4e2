#include "search/shared_links.hpp"

#include <algorithm>

namespace cleave {
namespace {

bool is_member(const SharedLinkCost& link, ClassId device) { return device.valid() && link.member[device]; }

double once_s(const SharedLinkCost& link, double bytes) { return link.latency_s + bytes * link.s_per_byte; }

}  // namespace

void add_way(const SharedLinkCost& link, ClassId from, ClassId to, double bytes, SharedUse& use) {
  const bool out = is_member(link, from);
  const bool in = is_member(link, to);
  const int times = out && in ? link.inside : out || in;
  if (times == 0) return;
  const double seconds = once_s(link, bytes);
  if (!link.full_duplex) {
    use.in_s += times * seconds;
    return;
  }
  if (in) use.in_s += seconds;
  if (out) use.out_s += seconds;
}

UserWay user_way(const CostTable& cost, TensorId tensor, ModeId mode) {
  UserWay way;
  if (!cost.links) return way;
  const double bytes = cost.transfer_bytes(tensor, mode);
  for (const SharedLinkCost& link : cost.links->shared) {
    if (!is_member(link, cost.modes[mode].device_class)) continue;
    way.seconds += once_s(link, bytes);
    way.joules += bytes * link.j_per_byte;
  }
  return way;
}

std::vector<SharedUse> shared_uses(const CostTable& cost, const Plan& plan,
                                   const IndexVector<OpId, std::size_t>& home) {
  if (!cost.links) return std::vector<SharedUse>(cost.idle_links);
  std::vector<SharedUse> uses(cost.links->shared.size());
  const auto add = [&](TensorId tensor, ClassId from, ClassId to, ModeId payer) {
    for (std::size_t k = 0; k < uses.size(); ++k)
      add_way(cost.links->shared[k], from, to, cost.transfer_bytes(tensor, payer), uses[k]);
  };
  std::vector<std::size_t> readers;
  for (const TensorId tensor : cost.tensors.ids()) {
    if (uses.empty()) break;
    const TensorUse& use = cost.tensors[tensor];
    const bool made = use.producer.valid();
    const ModeId maker = made ? plan.stages[home[use.producer]].mode : ModeId();
    const ClassId from = made ? cost.modes[maker].device_class : ClassId();
    readers.clear();
    for (const OpId op : use.consumers)
      if (!made || home[op] != home[use.producer]) readers.push_back(home[op]);
    std::sort(readers.begin(), readers.end());
    readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    for (const std::size_t s : readers) {
      const ModeId mode = plan.stages[s].mode;
      add(tensor, from, cost.modes[mode].device_class, mode);
    }
    if (made && use.leaves) add(tensor, from, ClassId(), maker);
  }
  return uses;
}

}  // namespace cleave
