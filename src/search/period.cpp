#include "search/period.hpp"

#include "search/reach.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// Plans closer than this are equally fast: sums in another order differ by less.
constexpr double kSame = 1e-12;

}  // namespace

bool takes_no_joules(const CostTable& cost) {
  for (const ClassCost& device : cost.classes)
    if (device.idle_w != 0) return false;
  for (const ModeId mode : cost.modes.ids()) {
    if (cost.modes[mode].stage_launch_j != 0) return false;
    if (std::isfinite(cost.modes[mode].resident_bytes) && cost.modes[mode].reload_j_per_byte != 0) return false;
    for (const OpId op : cost.inputs.ids())
      if (cost.compute_j(op, mode) != 0) return false;
    for (const TensorId tensor : cost.tensors.ids())
      if (cost.transfer_j(tensor, mode) != 0) return false;
  }
  if (cost.links)
    for (const ClassId from : cost.classes.ids())
      for (const ClassId to : cost.classes.ids())
        if (cost.links->j_per_byte(from, to) != 0) return false;
  if (cost.links)
    for (const SharedLinkCost& link : cost.links->shared)
      if (link.j_per_byte != 0) return false;
  return true;
}

bool period_is_all(const CostTable& cost) { return !cost.links && takes_no_joules(cost); }

namespace {

using Stop = std::function<bool()>;

/// Narrows the interval between a threshold that no plan meets and the period of the best plan.
class Narrowing {
 public:
  Narrowing(const CostTable& cost, const Lattice& lattice, double known_s, const Stop& give_up)
      : cost_(cost),
        is_chain_(lattice.size() == lattice.levels()),
        reach_(cost, lattice),
        give_up_(give_up),
        low_s_(reach_.bound_s()),
        high_s_(known_s) {}

  PeriodResult run(const std::function<void(double)>& on_progress) {
    while (low_s_ < high_s_ * (1 - kSame)) {
      const double threshold_s = next_threshold_s();
      switch (reach_.below(threshold_s, give_up_)) {
        case Reach::Answer::stopped:
          result_.finished = false;
          return std::move(result_);
        case Reach::Answer::yes:
          success_cost_ = reach_.stages_tried();
          failures_cost_ = 0;
          improve(reach_.plan());
          break;
        case Reach::Answer::no:
          failures_cost_ += reach_.stages_tried();
          low_s_ = threshold_s;
      }
      on_progress(low_s_ / high_s_);
    }
    return std::move(result_);
  }

 private:
  /// First just below the best plan, which may well be the fastest, so that this proves it. Where it was not, low
  /// thresholds, as few states reach far under them, until these cost as much as the success did or the gap is small.
  [[nodiscard]] double next_threshold_s() const {
    const double just_below_s = high_s_ * (1 - kSame);
    if (failures_cost_ >= success_cost_ || high_s_ - low_s_ < kSmallGap * high_s_) return just_below_s;
    return std::min(just_below_s, low_s_ + (high_s_ - low_s_) / 4);
  }

  void improve(Plan plan) {
    high_s_ = std::min(high_s_ * (1 - kSame), evaluate(cost_, plan).period_s);
    if (!is_chain_) {
      std::vector<OpId> order;
      for (const Stage& stage : plan.stages) order.insert(order.end(), stage.operators.begin(), stage.operators.end());
      const Lattice chain = Lattice::chain(cost_, order);
      if (auto better = Narrowing(cost_, chain, high_s_, give_up_).run([](double) {}).plan) {
        high_s_ = evaluate(cost_, *better).period_s;
        plan = std::move(*better);
      }
    }
    result_.plan = std::move(plan);
  }

  static constexpr double kSmallGap = 1e-5;

  const CostTable& cost_;
  bool is_chain_;
  Reach reach_;
  const Stop& give_up_;
  double low_s_;
  double high_s_;
  std::size_t success_cost_ = 0;   ///< stages tried by the last test that found a plan
  std::size_t failures_cost_ = 0;  ///< by the tests since
  PeriodResult result_;
};

}  // namespace

PeriodResult least_period(const CostTable& cost, const Lattice& lattice, double known_s,
                          const std::function<bool()>& give_up, const std::function<void(double)>& on_progress) {
  return Narrowing(cost, lattice, known_s, give_up).run(on_progress);
}

}  // namespace cleave
