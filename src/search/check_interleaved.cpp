#include "search/check_interleaved.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace cleave {
namespace {

using StageOf = std::vector<std::size_t>;
using Depths = std::vector<std::size_t>;

/// Borders on the longest way to each operator, by relaxing every tensor until nothing changes.
Depths depths_of(const CostTable& cost, const StageOf& stage_of) {
  Depths depth(stage_of.size(), 0);
  for (bool changed = true; changed;) {
    changed = false;
    for (const TensorUse& tensor : cost.tensors) {
      if (!tensor.producer.valid()) continue;
      const std::size_t from = tensor.producer.at();
      for (const OpId reader : tensor.consumers) {
        const std::size_t least = depth[from] + (stage_of[from] == stage_of[reader.at()] ? 0 : 1);
        if (depth[reader.at()] >= least) continue;
        depth[reader.at()] = least;
        changed = true;
      }
    }
  }
  return depth;
}

/// One batch through all passes, each finish time computed once, from what it waits for.
class Passes {
 public:
  Passes(const CostTable& cost, const Plan& plan, const StageOf& stage_of) : of_stage_(plan.stages.size()) {
    const Depths depth = depths_of(cost, stage_of);
    for (std::size_t s = 0; s < plan.stages.size(); ++s) add_computing(cost, plan.stages[s], s, depth);
    for (const TensorId tensor : cost.tensors.ids()) add_tensor(cost, plan, tensor, stage_of, depth);
  }

  double last_s() {
    double last = 0;
    for (std::size_t s = 0; s < of_stage_.size(); ++s)
      for (auto& [depth, pass] : of_stage_[s]) last = std::max(last, finish_s(s, depth));
    return last;
  }

 private:
  struct Pass {
    double takes_s = 0;
    std::set<std::pair<std::size_t, std::size_t>> after = {};  ///< stage and depth
    double finish_s = -1;                                      ///< not known yet
  };

  void add_computing(const CostTable& cost, const Stage& stage, std::size_t s, const Depths& depth) {
    const ModeCost& mode = cost.modes[stage.mode];
    double weights = 0;
    for (const OpId op : stage.operators) {
      of_stage_[s][depth[op.at()]].takes_s += cost.compute_s(op, stage.mode);
      weights += cost.weight_bytes(op, stage.mode);
    }
    double& first_s = of_stage_[s].begin()->second.takes_s;
    first_s += mode.stage_launch_s;
    if (weights > mode.resident_bytes) first_s += (weights - mode.resident_bytes) * mode.reload_s_per_byte;
  }

  void add_tensor(const CostTable& cost, const Plan& plan, TensorId tensor, const StageOf& stage_of,
                  const Depths& depth) {
    const TensorUse& use = cost.tensors[tensor];
    std::map<std::size_t, std::size_t> first_read;  // stage to depth
    for (const OpId op : use.consumers) {
      const auto [entry, fresh] = first_read.try_emplace(stage_of[op.at()], depth[op.at()]);
      entry->second = std::min(entry->second, depth[op.at()]);
    }
    if (use.producer.valid()) first_read.erase(stage_of[use.producer.at()]);
    for (const auto& [s, at] : first_read) {
      Pass& reader = of_stage_[s].at(at);
      reader.takes_s += pull_s(cost, plan, tensor, s, stage_of);
      if (use.producer.valid()) reader.after.insert({stage_of[use.producer.at()], depth[use.producer.at()]});
    }
    if (!use.producer.valid() || (first_read.empty() && !use.leaves)) return;
    if (cost.links && !cost.links->ports && !use.leaves) return;
    const std::size_t maker = stage_of[use.producer.at()];
    const ModeId mode = plan.stages[maker].mode;
    of_stage_[maker].at(depth[use.producer.at()]).takes_s +=
        cost.transfer_s(tensor, mode) + (use.leaves && cost.links ? shared_s(cost, tensor, mode) : 0);
  }

  /// On the shared links between the user and a device.
  static double shared_s(const CostTable& cost, TensorId tensor, ModeId mode) {
    double seconds = 0;
    for (const SharedLinkCost& link : cost.links->shared)
      if (link.member[cost.modes[mode].device_class])
        seconds += link.latency_s + link.s_per_byte * cost.transfer_bytes(tensor, mode);
    return seconds;
  }

  /// Until stage `s` has the tensor, through its port or over a link.
  static double pull_s(const CostTable& cost, const Plan& plan, TensorId tensor, std::size_t s,
                       const StageOf& stage_of) {
    const ModeId mode = plan.stages[s].mode;
    const OpId producer = cost.tensors[tensor].producer;
    if (!cost.links) return cost.transfer_s(tensor, mode);
    if (!producer.valid()) return cost.transfer_s(tensor, mode) + shared_s(cost, tensor, mode);
    const ClassId there = cost.modes[plan.stages[stage_of[producer.at()]].mode].device_class;
    const ClassId here = cost.modes[mode].device_class;
    if (std::isinf(cost.links->s_per_byte(there, here))) return kCannot;
    return (cost.links->ports ? cost.transfer_s(tensor, mode) : 0) + cost.links->latency_s(there, here) +
           cost.transfer_bytes(tensor, mode) * cost.links->s_per_byte(there, here);
  }

  double finish_s(std::size_t s, std::size_t depth) {
    const auto place = of_stage_[s].find(depth);
    Pass& pass = place->second;
    if (pass.finish_s >= 0) return pass.finish_s;
    double begin_s = place == of_stage_[s].begin() ? 0 : finish_s(s, std::prev(place)->first);
    for (const auto& [other, other_depth] : pass.after) begin_s = std::max(begin_s, finish_s(other, other_depth));
    return pass.finish_s = begin_s + pass.takes_s;
  }

  std::vector<std::map<std::size_t, Pass>> of_stage_;  ///< by depth
};

}  // namespace

bool flow_has_circle(const CostTable& cost, std::size_t stages, const StageOf& stage_of) {
  std::vector<std::set<std::size_t>> feeds(stages);
  for (const TensorUse& tensor : cost.tensors)
    for (const OpId reader : tensor.consumers)
      if (tensor.producer.valid() && stage_of[tensor.producer.at()] != stage_of[reader.at()])
        feeds[stage_of[tensor.producer.at()]].insert(stage_of[reader.at()]);
  std::vector<std::size_t> sources(stages, 0);
  for (const auto& readers : feeds)
    for (const std::size_t s : readers) ++sources[s];
  std::vector<std::size_t> ready;
  for (std::size_t s = 0; s < stages; ++s)
    if (sources[s] == 0) ready.push_back(s);
  for (std::size_t i = 0; i < ready.size(); ++i)
    for (const std::size_t s : feeds[ready[i]])
      if (--sources[s] == 0) ready.push_back(s);
  return ready.size() < stages;
}

double longest_path_of_passes_s(const CostTable& cost, const Plan& plan, const StageOf& stage_of) {
  return Passes(cost, plan, stage_of).last_s();
}

}  // namespace cleave
