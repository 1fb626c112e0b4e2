#include "search/any_bounds/period_bound.hpp"

#include "search/any_bounds/master.hpp"
#include "search/any_bounds/set_pricing.hpp"
#include "search/bounds.hpp"
#include "search/never_fits.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace cleave {
namespace {

constexpr double kTotalProfit = 1 << 28;
constexpr std::size_t kMostStates = 200'000;         // of all layers
constexpr std::size_t kMostOperators = 2000;         // beyond it the master program takes too long
constexpr std::size_t kMostRemembered = 24'000'000;  // cells of all layers, four bytes each
constexpr double kClose = 1e-4;                      // relative: periods this close need not be told apart

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
    double feasible_s = upper_s_;  // the program has a solution here
    double hopeless_s = lower_s_;  // and none here, as far as rounded times tell
    while (feasible_s - hopeless_s > kClose * feasible_s && !over()) {
      const double period_s = (feasible_s + hopeless_s) / 2;
      const auto profit = separate(period_s);
      if (!profit) {
        feasible_s = period_s;
        continue;
      }
      hopeless_s = period_s;
      confirm(*profit, best);
      hopeless_s = std::max(hopeless_s, best.period_s);
    }
    return best;
  }

 private:
  [[nodiscard]] int replicas(ModeId mode) const {
    return cost_.classes[cost_.modes[mode].device_class].most_replicas();
  }
  [[nodiscard]] bool over() const { return work_ > options_.work || options_.stopped(); }

  void add(ModeId mode, int replicas, const std::vector<OpId>& operators, double most_s = kCannot) {
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
    master_.add({cost_.modes[mode].device_class, replicas, std::min(seconds, most_s), operators});
  }

  /// Profits that no stages of this period can collect; none when some could, or the work is used up.
  std::optional<Profits> separate(double period_s) {
    IndexVector<OpId, double> centre = balanced_;
    double centre_ratio = lower_s_ / period_s;
    while (!over()) {
      const MasterResult master = master_.solve(period_s);
      if (!master.solved) return std::nullopt;
      if (master.share <= 1 + 1e-9) {
        if (master.whole) return std::nullopt;
        master_.raise();
        continue;
      }
      bool better = false;
      // Half way to the best profits so far: the master's own jump about.
      for (const double own : {0.1, 0.4, 1.0}) {
        if (centre.empty() && own < 1) continue;
        IndexVector<OpId, double> profit = master.profit;
        if (own < 1)
          for (const OpId op : profit.ids()) profit[op] = own * profit[op] / master.share + (1 - own) * centre[op];
        const Profits rounded = whole(profit);
        const auto [ratio, fresh] = price(rounded, period_s, master);
        if (ratio > centre_ratio) {
          centre_ratio = ratio;
          centre = normalised(profit);
        }
        if (ratio > 1) return rounded;
        better = fresh;
        if (better) break;
      }
      if (better) continue;
      if (master.whole) return std::nullopt;
      master_.raise();
    }
    return std::nullopt;
  }

  struct Priced {
    double ratio = 0;    ///< all profits over what the devices can collect: above 1 there is no plan
    bool fresh = false;  ///< a stage was found that the master lacks
  };

  /// The most profitable stages of each class, with times rounded to the nearest grid point.
  Priced price(const Profits& profit, double period_s, const MasterResult& master) {
    double collected = 0;
    bool fresh = false;
    for (const ClassId device : cost_.classes.ids()) {
      double of_class = 0;
      for (const ModeId mode : cost_.modes.ids()) {
        if (cost_.modes[mode].device_class != device) continue;
        const SetSweep& sweep = sweeps_[mode.at()];
        const int most = replicas(mode);
        const std::size_t cells = std::max<std::size_t>(1, sweep.states() * static_cast<std::size_t>(most));
        const std::size_t per_period = std::clamp<std::size_t>(kMostRemembered / cells, 100, 2000);
        const TimeGrid grid{period_s / static_cast<double>(per_period), per_period * static_cast<std::size_t>(most) + 1,
                            Rounding::nearest};
        Profits left = profit;
        for (int round = 0; round < cost_.classes[device].count; ++round) {
          const BestSets sets(sweep, left, grid);
          work_ += static_cast<double>(sweep.moves() * grid.steps);
          for (int r = 1; r <= most; ++r) {
            const std::size_t at = per_period * static_cast<std::size_t>(r);
            if (round == 0) of_class = std::max(of_class, static_cast<double>(sets.profit_at(at)) / r);
            if (round == 0 || r == 1)
              fresh |= found(mode, r, sets.set_at(at), period_s, round == 0 ? &master : nullptr);
          }
          // Stages that go with the first: what is taken is of no use to the next.
          for (const OpId op : sets.set_at(per_period)) left[op] = std::min(0, left[op]);
        }
      }
      collected += of_class * cost_.classes[device].count;
    }
    return {static_cast<double>(sum(profit)) / std::max(collected, 1.0), fresh};
  }

  bool found(ModeId mode, int replicas, const std::vector<OpId>& set, double period_s, const MasterResult* master) {
    if (set.empty()) return false;
    double worth = 0;
    if (master)
      for (const OpId op : set) worth += master->profit[op];
    if (master && worth <= replicas * master->value[cost_.modes[mode].device_class] + 1e-9) return false;
    add(mode, replicas, set, period_s * replicas);
    return master != nullptr;
  }

  /// Raises the bound to what follows from `profit` with times rounded down.
  void confirm(const Profits& profit, PeriodEvidence& best) {
    std::size_t moves = 1;
    for (const SetSweep& sweep : sweeps_)
      moves = std::max(moves, sweep.moves() * static_cast<std::size_t>(replicas(sweep.mode)));
    const auto per_period =
        static_cast<std::size_t>(std::clamp(options_.work / 4 / static_cast<double>(moves), 500.0, 20'000.0));
    const double grid_s = upper_s_ / static_cast<double>(per_period);
    std::vector<std::vector<std::int32_t>> profits;
    for (const SetSweep& sweep : sweeps_) {
      const TimeGrid grid{grid_s, per_period * static_cast<std::size_t>(replicas(sweep.mode)), Rounding::down};
      profits.push_back(largest_profits(sweep, profit, grid));
      work_ += static_cast<double>(sweep.moves() * grid.steps);
    }
    const std::int64_t wanted = sum(profit);
    std::size_t steps = 0;
    while (steps < per_period && collectable(profits, steps + 1) < wanted) ++steps;
    const double period_s = static_cast<double>(steps) * grid_s * (1 - 1e-12);
    if (period_s <= best.period_s) return;
    best = {.kind = PeriodEvidence::Kind::configuration,
            .period_s = period_s,
            .grid_s = grid_s,
            .steps = static_cast<std::int64_t>(steps),
            .profit = profit,
            .order = order_};
    for (const SetSweep& sweep : sweeps_) best.ignored.push_back(sweep.ignored);
  }

  /// By all devices together in a plan whose period is below `steps` grid points.
  [[nodiscard]] std::int64_t collectable(const std::vector<std::vector<std::int32_t>>& profits,
                                         std::size_t steps) const {
    std::int64_t all = 0;
    for (const ClassId device : cost_.classes.ids()) {
      std::int64_t each = 0;
      for (const ModeId mode : cost_.modes.ids()) {
        if (cost_.modes[mode].device_class != device) continue;
        for (int r = 1; r <= replicas(mode); ++r)
          each = std::max(each, ceil_div(profits[mode.at()][steps * static_cast<std::size_t>(r) - 1], r));
      }
      all += each * cost_.classes[device].count;
    }
    return all;
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
