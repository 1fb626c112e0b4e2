#include "verify/twins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <compare>

namespace cleave::verify {
namespace {

using Operators = std::vector<OpId>;

/// A stage of all operators that moves every tensor keeps all weights and fits: so does any stage.
bool all_fits(const CostTable& cost, ModeId mode) {
  double weights = 0;
  double live = 0;
  double moved = 0;
  for (const OpId op : cost.inputs.ids()) {
    weights += cost.weight_bytes(op, mode);
    live = std::max(live, cost.live_bytes(op, mode));
  }
  for (const TensorId tensor : cost.tensors.ids()) moved += 2 * cost.transfer_bytes(tensor, mode);
  constexpr double rounded_up = 1 + 1e-9;
  const ModeCost& how = cost.modes[mode];
  return weights * rounded_up <= how.resident_bytes &&
         (weights + live + moved) * rounded_up <= cost.classes[how.device_class].memory_bytes;
}

/// Applies one exchange after another to the problem.
class Exchange {
 public:
  explicit Exchange(const CostTable& cost) : cost_(cost), image_(cost.operator_count()) {
    for (const OpId op : cost.inputs.ids()) image_[op] = op;
    for (const ModeId mode : cost.modes.ids()) fits_.push_back(all_fits(cost, mode) ? 1 : 0);
  }

  /// Empty where the problem stays as it is.
  [[nodiscard]] std::string flaw_of(const TwinBranches& twins) {
    std::string flaw = pair_up(twins);
    if (flaw.empty() &&
        !std::all_of(twins.first.begin(), twins.first.end(), [&](OpId op) { return costs_the_same(op); }))
      flaw = "twin branches have operators of other costs";
    if (flaw.empty() && !same_tensors(twins)) flaw = "twin branches read, or are read, in other ways";
    for (const auto* branch : {&twins.first, &twins.later})
      for (const OpId op : *branch)
        if (op.at() < image_.size()) image_[op] = op;
    return flaw;
  }

 private:
  std::string pair_up(const TwinBranches& twins) {
    if (twins.first.empty() || twins.first.size() != twins.later.size())
      return fmt::format("twin branches have {} and {} operators", twins.first.size(), twins.later.size());
    for (std::size_t i = 0; i < twins.first.size(); ++i) {
      const OpId one = twins.first[i];
      const OpId other = twins.later[i];
      if (std::max(one, other).at() >= image_.size())
        return fmt::format("twin branches name operator {} of {}", std::max(one, other).value, image_.size());
      if (one == other || image_[one] != one || image_[other] != other)
        return fmt::format("twin branches name operator {} or {} twice", one.value, other.value);
      image_[one] = other;
      image_[other] = one;
    }
    return {};
  }

  [[nodiscard]] bool costs_the_same(OpId op) const {
    const OpId other = image_[op];
    for (const ModeId mode : cost_.modes.ids()) {
      for (const auto* table : {&cost_.compute_s, &cost_.compute_j})
        if ((*table)(op, mode) != (*table)(other, mode)) return false;
      for (const auto* table : {&cost_.weight_bytes, &cost_.live_bytes})
        if (!fits_[mode] && (*table)(op, mode) != (*table)(other, mode)) return false;
    }
    return true;
  }

  struct Tensor {
    OpId producer;
    Operators readers;
    bool leaves = false;
    std::vector<double> costs;
    auto operator<=>(const Tensor&) const = default;
  };
  [[nodiscard]] Tensor described(TensorId tensor) const {
    const TensorUse& use = cost_.tensors[tensor];
    Tensor result{use.producer, use.consumers, use.leaves, {}};
    for (const ModeId mode : cost_.modes.ids())
      for (const auto* table : {&cost_.transfer_s, &cost_.transfer_j, &cost_.transfer_bytes})
        result.costs.push_back((*table)(tensor, mode));
    std::ranges::sort(result.readers);
    return result;
  }
  [[nodiscard]] Tensor moved(Tensor tensor) const {
    if (tensor.producer.valid()) tensor.producer = image_[tensor.producer];
    for (OpId& reader : tensor.readers) reader = image_[reader];
    std::ranges::sort(tensor.readers);
    return tensor;
  }

  /// The tensors that the branches make or read are, taken together, their own images; no others have any.
  [[nodiscard]] bool same_tensors(const TwinBranches& twins) const {
    std::vector<TensorId> touched;
    for (const auto* branch : {&twins.first, &twins.later})
      for (const OpId op : *branch)
        for (const auto* some : {&cost_.inputs[op], &cost_.outputs[op]})
          touched.insert(touched.end(), some->begin(), some->end());
    std::ranges::sort(touched);
    const auto repeated = std::ranges::unique(touched);
    touched.erase(repeated.begin(), repeated.end());
    std::vector<Tensor> before;
    std::vector<Tensor> after;
    for (const TensorId tensor : touched) {
      before.push_back(described(tensor));
      after.push_back(moved(before.back()));
    }
    std::ranges::sort(before);
    std::ranges::sort(after);
    return before == after;
  }

  const CostTable& cost_;
  IndexVector<OpId, OpId> image_;
  IndexVector<ModeId, char> fits_;  ///< bytes do not matter
};

/// Ranks are the places of the first operators in the list; all others come after these.
bool ordered(std::size_t operators, const std::vector<TwinBranches>& twins) {
  IndexVector<OpId, std::size_t> rank(operators, twins.size());
  for (std::size_t i = twins.size(); i-- > 0;) rank[twins[i].first.front()] = i;
  return std::ranges::all_of(twins, [&](const TwinBranches& one) {
    const OpId leader = one.first.front();
    const auto later = [&](OpId op) { return op == leader || rank[op] > rank[leader]; };
    return std::ranges::all_of(one.first, later) && std::ranges::all_of(one.later, later);
  });
}

}  // namespace

std::string flaw_of(const CostTable& cost, const std::vector<TwinBranches>& twins) {
  Exchange exchange(cost);
  for (const TwinBranches& one : twins)
    if (std::string flaw = exchange.flaw_of(one); !flaw.empty()) return flaw;
  if (!ordered(cost.operator_count(), twins)) return "twin branches are ordered by operators that others move before";
  return {};
}

}  // namespace cleave::verify
