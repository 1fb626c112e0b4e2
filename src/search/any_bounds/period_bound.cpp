#include "search/any_bounds/period_bound.hpp"

#include "search/any_bounds/master.hpp"
#include "search/any_bounds/set_knapsack.hpp"
#include "search/bounds.hpp"
#include "search/never_fits.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace cleave {
namespace {

constexpr double kTotalProfit = 1 << 28;
constexpr std::size_t kMostStates = 200'000;            // of all layers
constexpr std::size_t kMostOperators = 2000;            // beyond it the master program takes too long
constexpr std::int64_t kSteps = std::int64_t{1} << 40;  // a period has: so fine that rounding down is next to nothing
constexpr std::size_t kPartialPaths = 100'000'000;      // of all states of a knapsack
constexpr std::size_t kFew = 30;                        // of a state: where any good set does
constexpr double kClose = 1e-4;                         // relative: periods this close need not be told apart
constexpr double kTight = 5e-10;  // relative: a bound this close to a plan makes it as good as the best

IndexVector<OpId, double> normalised(IndexVector<OpId, double> profit) {
  const double all = std::accumulate(profit.begin(), profit.end(), 0.0);
  if (all > 0)
    for (double& one : profit) one /= all;
  return profit;
}

Profits whole(const IndexVector<OpId, double>& profit) {
  double total = 0;
  for (const double one : profit) total += std::abs(one);
  Profits scaled(profit.size(), 0);
  if (total > 0)
    for (const OpId op : profit.ids()) scaled[op] = static_cast<std::int32_t>(profit[op] / total * kTotalProfit);
  return scaled;
}

std::int64_t sum(const Profits& profit) { return std::accumulate(profit.begin(), profit.end(), std::int64_t{0}); }

std::int64_t ceil_div(std::int64_t a, int b) { return (a + b - 1) / b; }

/// Profits by which the balance is proved; all together 1.
IndexVector<OpId, double> balanced(const CostTable& cost) {
  const Prices price = tune_prices(cost);
  IndexVector<OpId, double> profit;
  for (const OpId op : cost.inputs.ids()) profit.push_back(cheapest_by(cost, op, price).second);
  return normalised(std::move(profit));
}

class ConfigurationBound {
 public:
  ConfigurationBound(const CostTable& cost, const std::vector<Plan>& known, double lower_s, double upper_s,
                     const PeriodBoundOptions& options)
      : cost_(cost),
        options_(options),
        lower_s_(lower_s),
        upper_s_(upper_s),
        balanced_(balanced(cost)),
        master_(cost, balanced_) {
    // One order for all modes: that of the mode with the most crossings.
    std::vector<StageTime> times;
    for (const ModeId mode : cost.modes.ids()) times.push_back(stage_time(cost, mode));
    order_ = sweep_order(*std::max_element(times.begin(), times.end(), [](const StageTime& a, const StageTime& b) {
      return a.crossings.size() < b.crossings.size();
    }));
    for (StageTime& time : times) {
      const double horizon_s = upper_s * replicas(time.mode) * (1 + 1e-9);
      sweeps_.push_back(set_sweep(time, order_, horizon_s, std::max<std::size_t>(1, kMostStates / order_.size())));
      times_.push_back(std::move(time));
    }
    for (const Plan& plan : known)
      for (const Stage& stage : plan.stages) add(stage.mode, stage.replicas, stage.operators);
  }

  PeriodEvidence run() {
    PeriodEvidence best{.kind = PeriodEvidence::Kind::none, .period_s = lower_s_};
    // Often the best plan known is the best there is: then one proof is all. It may take long, so it gets a part.
    constexpr double part = 0.25;
    if (const auto proof = separate(upper_s_ * (1 - kTight), part * options_.work)) return *proof;
    double feasible_s = upper_s_;  // the program has a solution here, as far as is known
    while (feasible_s - best.period_s > kClose * feasible_s && !over(options_.work)) {
      const double period_s = (feasible_s + best.period_s) / 2;
      if (auto proof = separate(period_s, options_.work))
        best = std::move(*proof);
      else
        feasible_s = period_s;
    }
    return best;
  }

 private:
  [[nodiscard]] int replicas(ModeId mode) const {
    return cost_.classes[cost_.modes[mode].device_class].most_replicas();
  }
  [[nodiscard]] bool over(double work) const { return work_ > work || options_.stopped(); }

  /// False where the stage takes longer than `most_s`.
  bool add(ModeId mode, int replicas, const std::vector<OpId>& operators, double most_s = kCannot) {
    const StageTime& time = times_[mode.at()];
    double seconds = time.launch_s;
    IndexVector<OpId, char> inside(cost_.operator_count(), 0);
    for (const OpId op : operators) {
      seconds += time.compute_s[op];
      inside[op] = 1;
    }
    for (const Crossing& crossing : time.crossings) {
      const auto members =
          std::count_if(crossing.pins.begin(), crossing.pins.end(), [&](OpId op) { return inside[op]; });
      const bool split = members < static_cast<std::ptrdiff_t>(crossing.pins.size());
      if (members > 0 && (crossing.open || split)) seconds += crossing.seconds;
    }
    if (seconds > most_s * (1 + 1e-9)) return false;
    master_.add({cost_.modes[mode].device_class, replicas, std::min(seconds, most_s), operators});
    return true;
  }

  /// Profits that no stages of less than this period can collect; none when some could, or the work is used up.
  std::optional<PeriodEvidence> separate(double period_s, double most_work) {
    IndexVector<OpId, double> centre = balanced_;
    double centre_ratio = lower_s_ / period_s;
    while (!over(most_work)) {
      const MasterResult master = master_.solve(period_s);
      if (!master.solved) return std::nullopt;
      bool fresh = false;
      // Half way to the best profits so far: the master's own jump about.
      for (const double own : {0.1, 0.4, 1.0}) {
        if (fresh || master.share <= 1 + 1e-9) break;
        IndexVector<OpId, double> profit = master.profit;
        if (own < 1)
          for (const OpId op : profit.ids()) profit[op] = own * profit[op] / master.share + (1 - own) * centre[op];
        const Priced priced = price(whole(profit), period_s, master);
        if (priced.ratio > 1) return evidence(period_s, whole(profit), priced);
        if (priced.ratio > centre_ratio) {
          centre_ratio = priced.ratio;
          centre = normalised(profit);
        }
        fresh = priced.fresh;
      }
      if (fresh) continue;
      if (master.whole) return std::nullopt;
      master_.raise();
    }
    return std::nullopt;
  }

  struct Priced {
    IndexVector<ClassId, std::int64_t> worth;  ///< no device can collect more
    double ratio = 0;    ///< all profits over what all devices can collect: above 1 there is no plan
    bool fresh = false;  ///< a stage was found that the master lacks
  };

  /// The most profitable stages of each class.
  Priced price(const Profits& profit, double period_s, const MasterResult& master) {
    Priced result{.worth = IndexVector<ClassId, std::int64_t>(cost_.classes.size(), 0)};
    for (const ModeId mode : cost_.modes.ids()) {
      const ClassId device = cost_.modes[mode].device_class;
      const SetSweep& sweep = sweeps_[mode.at()];
      const SetKnapsack knapsack(sweep, period_s / kSteps, options_.stopped);
      std::vector<OpId> taken;
      for (int r = replicas(mode); r >= 1; --r) {
        const BestSet best = knapsack.best(profit, r * kSteps, std::max(kFew, kPartialPaths / sweep.states()));
        work_ += static_cast<double>(best.work);
        result.worth[device] = std::max(result.worth[device], ceil_div(best.at_most, r));
        result.fresh |= found(mode, r, best.set, period_s, &master);
        taken = best.set;
      }
      // Stages that go with the last: what is taken is of no use to the next.
      Profits left = profit;
      for (int i = 1; i < cost_.classes[device].count; ++i) {
        for (const OpId op : taken) left[op] = std::min(0, left[op]);
        const BestSet best = knapsack.best(left, kSteps, kFew);
        work_ += static_cast<double>(best.work);
        found(mode, 1, best.set, period_s, nullptr);
        taken = best.set;
      }
    }
    double collected = 0;
    for (const ClassId device : cost_.classes.ids())
      collected += static_cast<double>(result.worth[device] * cost_.classes[device].count);
    result.ratio = static_cast<double>(sum(profit)) / std::max(collected, 1.0);
    return result;
  }

  bool found(ModeId mode, int replicas, const std::vector<OpId>& set, double period_s, const MasterResult* master) {
    if (set.empty()) return false;
    double worth = 0;
    if (master)
      for (const OpId op : set) worth += master->profit[op];
    if (master && worth <= replicas * master->value[cost_.modes[mode].device_class] + 1e-9) return false;
    return add(mode, replicas, set, period_s * replicas) && master != nullptr;
  }

  [[nodiscard]] PeriodEvidence evidence(double period_s, Profits profit, const Priced& priced) const {
    PeriodEvidence proof{.kind = PeriodEvidence::Kind::configuration,
                         .period_s = period_s * (1 - 1e-12),
                         .grid_s = period_s / kSteps,
                         .steps = kSteps,
                         .profit = std::move(profit),
                         .worth = priced.worth,
                         .order = order_};
    for (const SetSweep& sweep : sweeps_) proof.ignored.push_back(sweep.ignored);
    return proof;
  }

  const CostTable& cost_;
  const PeriodBoundOptions& options_;
  double lower_s_;
  double upper_s_;
  IndexVector<OpId, double> balanced_;
  std::vector<OpId> order_;
  std::vector<StageTime> times_;  ///< by mode
  std::vector<SetSweep> sweeps_;  ///< by mode
  Master master_;
  double work_ = 0;
};

}  // namespace

PeriodEvidence bound_period(const CostTable& table, const std::vector<Plan>& known, const PeriodBoundOptions& options) {
  const CostTable cost = without_what_never_fits(table);
  double upper_s = kCannot;
  for (const Plan& plan : known) upper_s = std::min(upper_s, evaluate(cost, plan).period_s);
  PeriodEvidence balance{.kind = PeriodEvidence::Kind::balance, .price = tune_prices(cost)};
  balance.period_s = balance_s(cost, balance.price);
  if (options.work <= 0 || !Master::available() || cost.operator_count() > kMostOperators) return balance;
  if (balance.period_s >= upper_s * (1 - kClose)) return balance;
  PeriodEvidence better = ConfigurationBound(cost, known, balance.period_s, upper_s, options).run();
  return better.period_s > balance.period_s ? better : balance;
}

}  // namespace cleave
