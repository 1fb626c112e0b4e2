// Plans that need no search. They stand beside every result, and the search starts from them, so
// it can never be worse.
#include "search/legal.hpp"
#include "search/stage_cost.hpp"

#include <cleave/explore.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace cleave {
namespace {

std::vector<OpId> operators_between(std::size_t first, std::size_t last) {
  std::vector<OpId> operators;
  for (std::size_t op = first; op < last; ++op) operators.emplace_back(op);
  return operators;
}

std::optional<Baseline> priced(const CostTable& cost, std::string name, Plan plan) {
  if (!feasible(cost, plan)) return std::nullopt;
  Score score = evaluate(cost, plan);
  return Baseline{std::move(name), std::move(plan), std::move(score)};
}

/// The whole network on one device; of those the one with the shortest period.
std::optional<Baseline> best_single_device(const CostTable& cost) {
  std::optional<Baseline> best;
  for (const ModeId mode : cost.modes.ids()) {
    auto one = priced(cost, "best single device", {{{mode, 1, operators_between(0, cost.operator_count())}}});
    if (one && (!best || one->score.period_s < best->score.period_s)) best = std::move(one);
  }
  return best;
}

/// One mode per device, in the cluster's order.
std::vector<ModeId> every_device(const CostTable& cost) {
  std::vector<ModeId> devices;
  for (const ModeId mode : cost.modes.ids())
    devices.insert(devices.end(), static_cast<std::size_t>(cost.classes[cost.modes[mode].device_class].count), mode);
  return devices;
}

/// The operators cut in order into parts of equal work, one part per device.
Plan cut_evenly(const CostTable& cost, const std::vector<ModeId>& devices) {
  double total = 0;
  for (const OpId op : cost.inputs.ids()) total += fastest_s(cost, op);
  Plan plan;
  double done = 0;
  std::size_t begin = 0;
  std::size_t op = 0;
  for (std::size_t part = 0; part < devices.size(); ++part) {
    const double goal = total * static_cast<double>(part + 1) / static_cast<double>(devices.size());
    const bool last = part + 1 == devices.size();
    while (op < cost.operator_count() && (last || done + fastest_s(cost, OpId(op)) / 2 < goal))
      done += fastest_s(cost, OpId(op++));
    if (op > begin) plan.stages.push_back({devices[part], 1, operators_between(begin, op)});
    begin = op;
  }
  return plan;
}

/// Over as many devices as make it feasible.
std::optional<Baseline> even_split(const CostTable& cost) {
  for (auto devices = every_device(cost); devices.size() > 1; devices.pop_back())
    if (auto split = priced(cost, "even split", cut_evenly(cost, devices))) return split;
  return std::nullopt;
}

/// Modes by the time the whole network would take, where it can run; what cannot run an operator
/// counts it at the slowest mode's price so that partial devices are still ranked.
std::vector<ModeId> by_priority(const CostTable& cost) {
  std::vector<ModeId> modes;
  std::vector<double> seconds(cost.modes.size(), 0);
  for (const ModeId mode : cost.modes.ids()) {
    modes.push_back(mode);
    for (const OpId op : cost.inputs.ids()) {
      double slowest = 0;
      for (const ModeId other : cost.modes.ids())
        if (std::isfinite(cost.compute_s(op, other))) slowest = std::max(slowest, cost.compute_s(op, other));
      const double own = cost.compute_s(op, mode);
      seconds[mode.at()] += std::isfinite(own) ? own : slowest;
    }
  }
  std::stable_sort(modes.begin(), modes.end(), [&](ModeId a, ModeId b) { return seconds[a.at()] < seconds[b.at()]; });
  return modes;
}

bool can_run(const CostTable& cost, OpId op, ModeId mode) {
  return fits(cost, stage_score(cost, stage_sums(cost, {op}, mode), mode, 1), mode);
}

/// The last stage of a plan that grows in network order: its sums, kept up with each operator.
class LastStage {
 public:
  explicit LastStage(const CostTable& cost) : cost_(cost), begin_(cost.operator_count()) {}

  void start(OpId op, ModeId mode) {
    begin_ = op.at();
    mode_ = mode;
    sums_ = with(op, StageSums{});
  }
  /// Adds `op` if the stage still fits then.
  bool grow(OpId op) {
    const StageSums grown = with(op, sums_);
    if (!fits(cost_, stage_score(cost_, grown, mode_, 1), mode_)) return false;
    sums_ = grown;
    return true;
  }

 private:
  [[nodiscard]] StageSums with(OpId op, StageSums sums) const {
    sums.add_operator(cost_, op, mode_);
    for (const TensorId tensor : cost_.outputs[op])
      if (const TensorUse& use = cost_.tensors[tensor]; use.leaves || !use.consumers.empty())
        sums.add_sent(cost_, tensor, mode_);
    for (const TensorId tensor : cost_.inputs[op]) {
      const TensorUse& use = cost_.tensors[tensor];  // its readers ascend
      const bool made_here = use.producer.valid() && use.producer.at() >= begin_;
      if (made_here && !use.leaves && use.consumers.back() == op) sums.add_sent(cost_, tensor, mode_, -1);
      const auto first = std::lower_bound(use.consumers.begin(), use.consumers.end(), OpId(begin_));
      if (!made_here && *first == op) sums.add_received(cost_, tensor, mode_, +1);
    }
    return sums;
  }

  const CostTable& cost_;
  std::size_t begin_;
  ModeId mode_;
  StageSums sums_;
};

/// Each operator goes to the device of highest priority that can still take it, as runtimes with a
/// device list do; a device that is full or lacks the operator hands over to the next one.
std::optional<Baseline> greedy_by_priority(const CostTable& cost) {
  const auto priority = by_priority(cost);
  IndexVector<ClassId, int> free(cost.classes.size(), 0);
  for (const ClassId device : cost.classes.ids()) free[device] = cost.classes[device].count;
  const auto has_device = [&](ModeId mode) { return free[cost.modes[mode].device_class] > 0; };
  Plan plan;
  LastStage last(cost);
  for (const OpId op : cost.inputs.ids()) {
    const auto takes = [&](ModeId mode) { return has_device(mode) && can_run(cost, op, mode); };
    const auto best = std::find_if(priority.begin(), priority.end(), takes);
    if (!plan.stages.empty()) {
      Stage& current = plan.stages.back();
      if (std::find(priority.begin(), priority.end(), current.mode) <= best && last.grow(op)) {
        current.operators.push_back(op);
        continue;
      }
    }
    if (best == priority.end()) return std::nullopt;
    --free[cost.modes[*best].device_class];
    plan.stages.push_back({*best, 1, {op}});
    last.start(op, *best);
  }
  return priced(cost, "greedy by priority", std::move(plan));
}

}  // namespace

std::vector<Baseline> baselines(const Problem& problem) {
  std::vector<Baseline> found;
  for (auto&& one : {best_single_device(problem.cost), even_split(problem.cost), greedy_by_priority(problem.cost)})
    if (one) found.push_back(*one);
  return found;
}

}  // namespace cleave
