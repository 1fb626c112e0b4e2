#include "search/trail_border.hpp"

#include "search/stage_cost.hpp"

#include <algorithm>

namespace cleave {
namespace {

/// Bounds are rounded down by this much: sums in another order must not exceed what they bound.
constexpr double kSafety = 1 - 1e-9;

using Latest = std::vector<std::uint16_t>;  ///< positions of crossing tensors

/// Arrives `a` no later than `b`, whatever the plan?
bool no_later(const CostTable& cost, const Descent& descent, TensorId a, TensorId b) {
  const OpId from = cost.tensors[a].producer;
  const OpId to = cost.tensors[b].producer;
  return from == to || descent.leads(from, to);
}

class BorderMaker {
 public:
  BorderMaker(const CostTable& cost, const Lattice& lattice, const Descent& descent, std::uint32_t ideal)
      : cost_(cost), lattice_(lattice), descent_(descent), ideal_(ideal) {}

  Border make(const Fastest& fastest) {
    // Operators are in an order in which data flows: the first one pending is where the path goes on.
    for (const OpId op : cost_.inputs.ids())
      if (!path_next_.valid() && fastest.on_path[op] && pending(op)) path_next_ = op;
    border_.path_over = !path_next_.valid();
    for (const TensorId tensor : cost_.tensors.ids())
      if (crosses(tensor)) border_.crossing.push_back(tensor);
    for (const TensorId tensor : border_.crossing) add_clock(tensor, fastest);
    for (const OpId gate : fastest.gates)
      if (!border_.gate.valid() && pending(gate)) border_.gate = gate;
    return std::move(border_);
  }

 private:
  [[nodiscard]] bool pending(OpId op) const { return !lattice_.contains(ideal_, op); }
  [[nodiscard]] bool crosses(TensorId tensor) const {
    const TensorUse& use = cost_.tensors[tensor];
    return use.producer.valid() && !pending(use.producer) &&
           std::any_of(use.consumers.begin(), use.consumers.end(), [&](OpId op) { return pending(op); });
  }
  /// `reader` cannot start before `tensor` has arrived.
  [[nodiscard]] bool awaits(OpId reader, TensorId tensor) const {
    const auto& readers = cost_.tensors[tensor].consumers;
    return std::any_of(readers.begin(), readers.end(),
                       [&](OpId op) { return pending(op) && (op == reader || descent_.leads(op, reader)); });
  }
  [[nodiscard]] bool no_later_than(std::uint16_t a, std::uint16_t b) const {
    return no_later(cost_, descent_, border_.crossing[a], border_.crossing[b]);
  }

  /// The crossing tensors that decide when `reader` may start: of two in a row the later one.
  [[nodiscard]] Latest awaited(OpId reader) const {
    Latest all;
    for (std::uint16_t i = 0; i < border_.crossing.size(); ++i)
      if (awaits(reader, border_.crossing[i])) all.push_back(i);
    Latest deciding;
    for (const std::uint16_t i : all) {
      const auto covers = [&](std::uint16_t j) {
        return j != i && no_later_than(i, j) && (!no_later_than(j, i) || j < i);
      };
      if (std::none_of(all.begin(), all.end(), covers)) deciding.push_back(i);
    }
    return deciding;
  }

  [[nodiscard]] bool never_later(const Latest& a, const Latest& b) const {
    return std::all_of(a.begin(), a.end(), [&](std::uint16_t i) {
      return std::any_of(b.begin(), b.end(), [&](std::uint16_t j) { return no_later_than(i, j); });
    });
  }

  void add_clock(TensorId tensor, const Fastest& fastest) {
    std::vector<Latest> least_of;
    double to_go_s = 0;
    bool path_leaves = false;
    for (const OpId reader : cost_.tensors[tensor].consumers) {
      if (!pending(reader)) continue;
      to_go_s = std::max(to_go_s, (fastest.receive_s[tensor] + fastest.tail_s[reader]) * kSafety);
      path_leaves |= reader == path_next_;
      least_of.push_back(awaited(reader));
    }
    keep_earliest(least_of);
    const auto found = std::find_if(border_.clocks.begin(), border_.clocks.end(),
                                    [&](const Clock& clock) { return clock.least_of == least_of; });
    const auto index = static_cast<std::uint16_t>(found - border_.clocks.begin());
    if (found == border_.clocks.end()) border_.clocks.push_back({std::move(least_of), 0});
    border_.clocks[index].to_go_s = std::max(border_.clocks[index].to_go_s, to_go_s);
    border_.clock_of.push_back(index);
    if (path_leaves && fastest.on_path[cost_.tensors[tensor].producer]) border_.path_clock = index;
  }

  void keep_earliest(std::vector<Latest>& readers) const {
    std::sort(readers.begin(), readers.end());
    readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    std::vector<Latest> kept;
    for (std::size_t i = 0; i < readers.size(); ++i) {
      bool needed = true;
      for (std::size_t j = 0; j < readers.size() && needed; ++j)
        needed = j == i || !never_later(readers[j], readers[i]) || (never_later(readers[i], readers[j]) && i < j);
      if (needed) kept.push_back(readers[i]);
    }
    readers = std::move(kept);
  }

  const CostTable& cost_;
  const Lattice& lattice_;
  const Descent& descent_;
  std::uint32_t ideal_;
  OpId path_next_;
  Border border_;
};

}  // namespace

Descent::Descent(const CostTable& cost)
    : words_(cost.operator_count() / 64 + 1), bits_(cost.operator_count() * words_, 0) {
  for (std::size_t op = cost.operator_count(); op-- > 0;)
    for (const TensorId tensor : cost.outputs[OpId(op)])
      for (const OpId reader : cost.tensors[tensor].consumers) {
        for (std::size_t word = 0; word < words_; ++word)
          bits_[op * words_ + word] |= bits_[reader.at() * words_ + word];
        bits_[op * words_ + reader.at() / 64] |= std::uint64_t{1} << (reader.at() % 64);
      }
}

std::uint16_t Border::position(TensorId tensor) const {
  return static_cast<std::uint16_t>(std::lower_bound(crossing.begin(), crossing.end(), tensor) - crossing.begin());
}

Fastest::Fastest(const CostTable& cost, const Descent& descent)
    : tail_s(cost.operator_count(), 0), receive_s(cost.tensors.size(), 0), on_path(cost.operator_count(), false) {
  if (!cost.links || cost.links->ports)
    for (const TensorId tensor : cost.tensors.ids()) {
      receive_s[tensor] = kCannot;
      for (const ModeId mode : cost.modes.ids())
        receive_s[tensor] = std::min(receive_s[tensor], cost.transfer_s(tensor, mode));
    }
  IndexVector<OpId, OpId> next(cost.operator_count());
  OpId first;
  for (std::size_t i = cost.operator_count(); i-- > 0;) {
    const OpId op(i);
    double rest_s = -1;
    for (const TensorId tensor : cost.outputs[op])
      for (const OpId reader : cost.tensors[tensor].consumers)
        if (tail_s[reader] > rest_s) {
          rest_s = tail_s[reader];
          next[op] = reader;
        }
    tail_s[op] = fastest_s(cost, op) + std::max(0.0, rest_s);
    if (!first.valid() || tail_s[op] >= tail_s[first]) first = op;
  }
  for (OpId op = first; op.valid(); op = next[op]) {
    on_path[op] = true;
    bool passed_by = false;
    for (const OpId other : cost.inputs.ids())
      passed_by |= other != op && !descent.leads(other, op) && !descent.leads(op, other);
    if (!passed_by) gates.push_back(op);
  }
}

Border border_at(const CostTable& cost, const Lattice& lattice, const Descent& descent, const Fastest& fastest,
                 std::uint32_t ideal) {
  return BorderMaker(cost, lattice, descent, ideal).make(fastest);
}

}  // namespace cleave
