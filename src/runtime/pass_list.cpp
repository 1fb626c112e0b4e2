#include "runtime/pass_list.hpp"

#include "runtime/moving_time.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace cleave {
namespace {

/// The passes of a plan, by depth and then stage.
class PassList {
 public:
  PassList(const CostTable& cost, const Plan& plan) : cost_(cost), plan_(plan), stage_of_(cost.operator_count()) {
    for (std::size_t s = 0; s < plan.stages.size(); ++s)
      for (const OpId op : plan.stages[s].operators) stage_of_[op] = s;
    find_depths();
    for (const OpId op : cost.inputs.ids()) numbers_.insert({{depth_[op], stage_of_[op]}, 0});
    for (auto& [key, number] : numbers_) {
      number = passes_.size();
      passes_.push_back({.stage = key.second, .depth = key.first});
    }
    add_computing();
    for (const TensorId tensor : cost.tensors.ids()) add_tensor(tensor);
  }
  [[nodiscard]] std::vector<Pass> passes() && { return std::move(passes_); }

 private:
  /// Operators are in an order in which data flows.
  void find_depths() {
    depth_ = IndexVector<OpId, std::size_t>(cost_.operator_count(), 0);
    for (const OpId op : cost_.inputs.ids())
      for (const TensorId tensor : cost_.outputs[op])
        for (const OpId reader : cost_.tensors[tensor].consumers)
          depth_[reader] = std::max(depth_[reader], depth_[op] + (stage_of_[reader] != stage_of_[op] ? 1 : 0));
  }
  Pass& pass_of(OpId op) { return passes_[numbers_.at({depth_[op], stage_of_[op]})]; }

  void add_computing() {
    std::map<std::size_t, std::size_t> latest;  // of each stage
    for (std::size_t i = 0; i < passes_.size(); ++i) {
      Pass& pass = passes_[i];
      const auto [before, first] = latest.try_emplace(pass.stage, i);
      if (!first) pass.after.insert(before->second);
      before->second = i;
      if (first) pass.phase_s[1] = setup_s(plan_.stages[pass.stage]);
    }
    for (const OpId op : cost_.inputs.ids())
      pass_of(op).phase_s[1] += cost_.compute_s(op, plan_.stages[stage_of_[op]].mode);
  }

  [[nodiscard]] double setup_s(const Stage& stage) const {
    const ModeCost& mode = cost_.modes[stage.mode];
    double weights = 0;
    for (const OpId op : stage.operators) weights += cost_.weight_bytes(op, stage.mode);
    return mode.stage_launch_s +
           (weights > mode.resident_bytes ? (weights - mode.resident_bytes) * mode.reload_s_per_byte : 0);
  }

  /// Sent once by the pass that makes it, received once by each other stage, in the first pass that reads it.
  void add_tensor(TensorId tensor) {
    const TensorUse& use = cost_.tensors[tensor];
    std::map<std::size_t, OpId> first_reader;
    for (const OpId op : use.consumers) {
      if (use.producer.valid() && stage_of_[op] == stage_of_[use.producer]) continue;
      const auto [known, fresh] = first_reader.try_emplace(stage_of_[op], op);
      if (!fresh && depth_[op] < depth_[known->second]) known->second = op;
    }
    for (const auto& [stage, op] : first_reader) {
      Pass& reader = pass_of(op);
      const ModeId maker = use.producer.valid() ? plan_.stages[stage_of_[use.producer]].mode : ModeId();
      reader.phase_s[0] += arrival_s(cost_, tensor, maker, plan_.stages[stage].mode);
      if (use.producer.valid()) reader.after.insert(numbers_.at({depth_[use.producer], stage_of_[use.producer]}));
    }
    if (use.producer.valid() && (use.leaves || !first_reader.empty()))
      pass_of(use.producer).phase_s[2] += departure_s(cost_, tensor, plan_.stages[stage_of_[use.producer]].mode);
  }

  const CostTable& cost_;
  const Plan& plan_;
  IndexVector<OpId, std::size_t> stage_of_;
  IndexVector<OpId, std::size_t> depth_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> numbers_;  ///< by depth and stage
  std::vector<Pass> passes_;
};

}  // namespace

std::vector<Pass> passes_of(const CostTable& cost, const Plan& plan) { return PassList(cost, plan).passes(); }

}  // namespace cleave
