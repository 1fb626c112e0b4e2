#include "runtime/shared_ways.hpp"

#include "runtime/moving_time.hpp"

#include <algorithm>
#include <set>

namespace cleave {
namespace {

class Ways {
 public:
  Ways(const CostTable& cost, const Plan& plan) : cost_(cost), plan_(plan), home_(cost.operator_count()) {
    for (std::size_t s = 0; s < plan.stages.size(); ++s)
      for (const OpId op : plan.stages[s].operators) home_[op] = s;
    for (const Stage& stage : plan.stages)
      stages_.push_back({.receive = {}, .compute_s = compute_s(stage), .send = {}, .producers = {}});
    for (const TensorId tensor : cost.tensors.ids()) move(tensor);
    for (std::size_t s = 0; s < stages_.size(); ++s) stages_[s].producers.assign(before_[s].begin(), before_[s].end());
  }
  std::vector<StageWays> take() && { return std::move(stages_); }

 private:
  [[nodiscard]] double compute_s(const Stage& stage) const {
    const ModeCost& mode = cost_.modes[stage.mode];
    double seconds = mode.stage_launch_s;
    double weights = 0;
    for (const OpId op : stage.operators) {
      seconds += cost_.compute_s(op, stage.mode);
      weights += cost_.weight_bytes(op, stage.mode);
    }
    return weights > mode.resident_bytes ? seconds + (weights - mode.resident_bytes) * mode.reload_s_per_byte : seconds;
  }

  [[nodiscard]] ClassId class_of(ModeId mode) const {
    return mode.valid() ? cost_.modes[mode].device_class : ClassId();
  }

  /// The legs on shared links between two devices, one of which may be the user (invalid). Returns their time.
  double pass(TensorId tensor, ModeId from, ModeId to, std::vector<Leg>& legs) const {
    const double bytes = cost_.transfer_bytes(tensor, to.valid() ? to : from);
    double all_s = 0;
    for (std::size_t k = 0; k < cost_.links->shared.size(); ++k) {
      const SharedLinkCost& link = cost_.links->shared[k];
      const auto member = [&](ModeId mode) { return mode.valid() && link.member[class_of(mode)] != 0; };
      const double seconds = link.latency_s + bytes * link.s_per_byte;
      const bool into = member(to), out_of = member(from);
      const int times = into && out_of ? link.inside : into + out_of;
      if (times == 0) continue;
      all_s += times * seconds;
      if (!link.full_duplex)
        legs.push_back({times * seconds, k, true, false});
      else if (times == 2)
        legs.insert(legs.end(), {{seconds, k, false, true}, {seconds, k, true, false}});
      else
        legs.push_back({seconds, k, into, out_of});
    }
    return all_s;
  }

  void move(TensorId tensor) {
    const TensorUse& use = cost_.tensors[tensor];
    const ModeId maker = use.producer.valid() ? plan_.stages[home_[use.producer]].mode : ModeId();
    std::set<std::size_t> readers;
    for (const OpId op : use.consumers)
      if (!use.producer.valid() || home_[op] != home_[use.producer]) readers.insert(home_[op]);
    for (const std::size_t s : readers) {
      const ModeId mode = plan_.stages[s].mode;
      std::vector<Leg> legs;
      const double shared_s = pass(tensor, maker, mode, legs);
      stages_[s].receive.push_back({std::max(0.0, arrival_s(cost_, tensor, maker, mode) - shared_s)});
      stages_[s].receive.insert(stages_[s].receive.end(), legs.begin(), legs.end());
      if (use.producer.valid()) before_[s].insert(home_[use.producer]);
    }
    if (!use.producer.valid() || (readers.empty() && !use.leaves)) return;
    std::vector<Leg>& send = stages_[home_[use.producer]].send;
    std::vector<Leg> legs;
    const double shared_s = use.leaves ? pass(tensor, maker, ModeId(), legs) : 0;
    send.push_back({std::max(0.0, departure_s(cost_, tensor, maker) - shared_s)});
    send.insert(send.end(), legs.begin(), legs.end());
  }

  const CostTable& cost_;
  const Plan& plan_;
  IndexVector<OpId, std::size_t> home_;
  std::vector<StageWays> stages_;
  std::vector<std::set<std::size_t>> before_ = std::vector<std::set<std::size_t>>(plan_.stages.size());
};

}  // namespace

std::vector<StageWays> stage_ways(const CostTable& cost, const Plan& plan) { return Ways(cost, plan).take(); }

std::vector<double> shared_loads_s(const CostTable& cost, const std::vector<StageWays>& stages) {
  std::vector<double> in_s(cost.links->shared.size(), 0);
  std::vector<double> out_s = in_s;
  const auto add = [&](const std::vector<Leg>& legs) {
    for (const Leg& leg : legs) {
      if (leg.in) in_s[leg.link] += leg.seconds;
      if (leg.out) out_s[leg.link] += leg.seconds;
    }
  };
  for (const StageWays& stage : stages) {
    add(stage.receive);
    add(stage.send);
  }
  for (std::size_t k = 0; k < in_s.size(); ++k) in_s[k] = std::max(in_s[k], out_s[k]);
  return in_s;
}

}  // namespace cleave
