#include "search/bystanders.hpp"

#include "search/coarsen.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cleave {
namespace {

/// It costs nothing to bring the tensor to a device or from there.
bool moves_for_nothing(const CostTable& cost, TensorId tensor) {
  if (cost.links) return false;
  for (const ModeId mode : cost.modes.ids())
    if (cost.transfer_s(tensor, mode) != 0 || cost.transfer_j(tensor, mode) != 0 ||
        cost.transfer_bytes(tensor, mode) != 0)
      return false;
  return true;
}

/// What makes a bystander of an operator, its neighbours aside.
bool takes_memory_only(const CostTable& cost, OpId op) {
  for (const ModeId mode : cost.modes.ids()) {
    if (!std::isfinite(cost.compute_s(op, mode))) continue;
    if (cost.compute_s(op, mode) != 0 || cost.compute_j(op, mode) != 0) return false;
    if (cost.weight_bytes(op, mode) != 0 && cost.modes[mode].resident_bytes != kCannot) return false;
  }
  for (const TensorId tensor : cost.inputs[op])
    if (!cost.tensors[tensor].producer.valid() && !moves_for_nothing(cost, tensor)) return false;
  for (const TensorId tensor : cost.outputs[op])
    if (cost.tensors[tensor].leaves && !moves_for_nothing(cost, tensor)) return false;
  return true;
}

class Joining {
 public:
  Joining(const CostTable& cost, const std::vector<bool>& apart)
      : cost_(cost), set_(cost.operator_count()), members_(cost.operator_count()), light_(cost.operator_count()) {
    std::iota(set_.begin(), set_.end(), std::size_t{0});
    for (std::size_t op = 0; op < members_.size(); ++op) members_[op] = {op};
    for (const OpId op : cost.inputs.ids()) light_[op.at()] = !apart[op.at()] && takes_memory_only(cost, op);
  }

  /// By operator: the one that names its set.
  std::vector<std::size_t> run() {
    for (bool joined = true; joined;) {
      joined = false;
      for (std::size_t set = 0; set < set_.size(); ++set)
        if (light_[set] && of(set) == set) joined |= join(set);
    }
    for (std::size_t op = 0; op < set_.size(); ++op) set_[op] = of(op);
    return set_;
  }

 private:
  [[nodiscard]] std::size_t of(std::size_t op) const {
    while (set_[op] != op) op = set_[op];
    return op;
  }

  /// Takes a set of bystanders to the only set that it exchanges tensors with.
  bool join(std::size_t set) {
    constexpr std::size_t none = ~std::size_t{0};
    std::size_t neighbour = none;
    for (const std::size_t op : members_[set])
      for (const std::size_t other : neighbours(OpId(op))) {
        if (of(other) == set || of(other) == neighbour) continue;
        if (neighbour != none) return false;
        neighbour = of(other);
      }
    if (neighbour == none || !runs_where(set, neighbour)) return false;
    set_[set] = neighbour;
    if (light_[neighbour])
      members_[neighbour].insert(members_[neighbour].end(), members_[set].begin(), members_[set].end());
    return true;
  }

  [[nodiscard]] std::vector<std::size_t> neighbours(OpId op) const {
    std::vector<std::size_t> found;
    for (const TensorId tensor : cost_.inputs[op])
      if (const OpId producer = cost_.tensors[tensor].producer; producer.valid()) found.push_back(producer.at());
    for (const TensorId tensor : cost_.outputs[op])
      for (const OpId reader : cost_.tensors[tensor].consumers) found.push_back(reader.at());
    return found;
  }

  /// What joined an operator runs wherever that one does.
  [[nodiscard]] bool runs_where(std::size_t set, std::size_t neighbour) const {
    for (const ModeId mode : cost_.modes.ids())
      if (std::isfinite(cost_.compute_s(OpId(neighbour), mode)) && !std::isfinite(cost_.compute_s(OpId(set), mode)))
        return false;
    return true;
  }

  const CostTable& cost_;
  std::vector<std::size_t> set_;
  std::vector<std::vector<std::size_t>> members_;  ///< of sets of bystanders
  std::vector<bool> light_;
};

}  // namespace

Bystanders join_bystanders(const CostTable& cost, const std::vector<bool>& apart, BystanderBytes bytes) {
  const std::vector<std::size_t> set = Joining(cost, apart).run();
  CostTable counted = cost;
  bool any = false;
  for (const OpId op : cost.inputs.ids()) {
    if (set[op.at()] == op.at()) continue;
    any = true;
    for (const ModeId mode : cost.modes.ids())
      if (bytes == BystanderBytes::ignored) counted.weight_bytes(op, mode) = counted.live_bytes(op, mode) = 0;
  }
  return {group(counted, numbered_sets(counted, set)), any};
}

}  // namespace cleave
