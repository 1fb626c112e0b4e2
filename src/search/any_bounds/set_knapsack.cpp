#include "search/any_bounds/set_knapsack.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace cleave {
namespace {

/// Profits are whole numbers: sums up to 2^30 in floating point are off by less than this.
constexpr double kRounding = 1e-2;

/// Prices beside the best one, relative to it: where much or little time is left others bound better.
constexpr std::array kPrices{1.0, 0.6, 0.8, 0.9, 1.1, 1.25, 1.6};

using MoveTimes = std::vector<std::vector<std::int64_t>>;

struct Path {
  std::int64_t profit = 0;
  std::int64_t time = 0;
};

/// Of all completions of a state the one that earns most after paying for its time.
struct Completion {
  double value = -kCannot;
  Path path = {};
  std::uint32_t move = 0;
};

/// The completions of all states at a price for time.
class PricedSweep {
 public:
  PricedSweep(const SetSweep& sweep, const MoveTimes& time, const Profits& profit)
      : sweep_(sweep), time_(time), profit_(profit), layers_(sweep.steps.size() + 1) {
    layers_[0].resize(1);
    for (std::size_t i = 0; i < sweep.steps.size(); ++i) layers_[i + 1].resize(sweep.steps[i].states);
  }

  /// Of completions of equal value those of less time count.
  void price(double per_step) {
    layers_.back()[0] = {.value = 0};
    for (std::size_t i = sweep_.steps.size(); i-- > 0;) {
      std::fill(layers_[i].begin(), layers_[i].end(), Completion{});
      const std::vector<SweepMove>& moves = sweep_.steps[i].moves;
      for (std::uint32_t m = 0; m < moves.size(); ++m) {
        const Completion& rest = layers_[i + 1][moves[m].to];
        const std::int64_t gain = moves[m].in ? profit_[sweep_.steps[i].op] : 0;
        const Path path{rest.path.profit + gain, rest.path.time + time_[i][m]};
        const double value = rest.value + (static_cast<double>(gain) - per_step * static_cast<double>(time_[i][m]));
        Completion& best = layers_[i][moves[m].from];
        if (value > best.value || (value == best.value && path.time < best.path.time)) best = {value, path, m};
      }
    }
  }

  [[nodiscard]] const Completion& best() const { return layers_[0][0]; }
  [[nodiscard]] const std::vector<Completion>& layer(std::size_t i) const { return layers_[i]; }

  [[nodiscard]] std::vector<OpId> best_set() const {
    std::vector<OpId> set;
    std::uint32_t state = 0;
    for (std::size_t i = 0; i < sweep_.steps.size(); ++i) {
      const SweepMove& move = sweep_.steps[i].moves[layers_[i][state].move];
      if (move.in) set.push_back(sweep_.steps[i].op);
      state = move.to;
    }
    return set;
  }

 private:
  const SetSweep& sweep_;
  const MoveTimes& time_;
  const Profits& profit_;
  std::vector<std::vector<Completion>> layers_;
};

/// It came from `parent` of the layer before.
struct Partial {
  std::int64_t time = 0;
  std::int32_t profit = 0;
  std::uint32_t parent = 0;
  bool in = false;
};

/// The partial paths of a layer, state after state, by ascending time and profit.
struct Partials {
  std::vector<Partial> all = {};
  std::vector<std::uint32_t> first = {};  ///< by state, and the end
};

class PathSearch {
 public:
  PathSearch(const SetSweep& sweep, const MoveTimes& time, const Profits& profit, std::int64_t limit,
             const std::function<bool()>& stopped)
      : sweep_(sweep), time_(time), profit_(profit), limit_(limit), stopped_(stopped), priced_(sweep, time, profit) {}

  BestSet run(std::size_t most_kept) {
    if (tune()) {
      price_around();
      // Few partial paths mostly find a good set, which then rules out most others.
      constexpr std::size_t few = 30;
      look(std::min(few, most_kept), true);
      if (most_kept > few && best_.at_most > best_.profit) look_at_all(most_kept);
    }
    std::sort(best_.set.begin(), best_.set.end());
    return std::move(best_);
  }

 private:
  void price(double per_step) {
    priced_.price(per_step);
    best_.work += sweep_.moves();
    const Path& path = priced_.best().path;
    if (path.time >= limit_ || path.profit <= best_.profit) return;
    best_.profit = path.profit;
    best_.set = priced_.best_set();
  }

  /// Finds the price that bounds best. False when no set is worth more than one that was met on the way.
  bool tune() {
    price(0);
    Path slow = priced_.best().path;
    Path fast;  // the empty set
    best_.at_most = std::max<std::int64_t>(0, slow.profit);
    constexpr int most_prices = 40;
    for (int i = 0; i < most_prices && slow.time >= limit_; ++i) {
      per_step_ = static_cast<double>(slow.profit - fast.profit) / static_cast<double>(slow.time - fast.time);
      price(per_step_);
      const Completion& met = priced_.best();
      const double bound = met.value + per_step_ * static_cast<double>(limit_ - 1) + kRounding;
      best_.at_most = std::min(best_.at_most, std::max<std::int64_t>(0, static_cast<std::int64_t>(bound)));
      const double known = static_cast<double>(fast.profit) - per_step_ * static_cast<double>(fast.time);
      if (met.value <= known + kRounding) break;
      (met.path.time < limit_ ? fast : slow) = met.path;
    }
    return best_.at_most > best_.profit;
  }

  void price_around() {
    std::size_t states = 1;
    first_ = {0};
    for (const SweepStep& step : sweep_.steps) {
      first_.push_back(states);
      states += step.states;
    }
    to_go_.resize(states);
    for (std::size_t p = 0; p < kPrices.size(); ++p) {
      prices_[p] = kPrices[p] * per_step_;
      price(prices_[p]);
      for (std::size_t i = 0; i < first_.size(); ++i)
        for (std::size_t s = 0; s < priced_.layer(i).size(); ++s) to_go_[first_[i] + s][p] = priced_.layer(i)[s].value;
    }
  }

  /// The most that the completions of a state are worth in less than `left` steps.
  [[nodiscard]] double worth(std::size_t layer, std::uint32_t state, std::int64_t left) const {
    const auto& to_go = to_go_[first_[layer] + state];
    const auto time = static_cast<double>(left - 1);
    double least = kCannot;
    for (std::size_t p = 0; p < kPrices.size(); ++p) least = std::min(least, to_go[p] + prices_[p] * time);
    return least + kRounding;
  }

  /// All partial paths of a problem may be too many to remember where they came from. Once the best profit is known,
  /// few have to be looked at again to find its set.
  void look_at_all(std::size_t most_kept) {
    const BestSet known = best_;
    look(most_kept, false);
    const std::int64_t found = best_.profit;
    if (found == known.profit) return;
    best_.profit = found - 1;
    best_.set = known.set;
    look(most_kept, true);
    if (best_.profit < found) best_.profit = known.profit;  // what leads there was left out this time
  }

  /// Goes through all layers with what may become better than the best set known.
  void look(std::size_t most_kept, bool remember) {
    std::vector<Partials> layers(1);
    layers[0] = {.all = {{}}, .first = {0, 1}};
    bool complete = true;
    for (std::size_t i = 0; i < sweep_.steps.size() && !layers.back().all.empty(); ++i) {
      if (stopped_()) return;
      Partials next = advance(i, layers.back(), most_kept, complete);
      if (!remember) layers.clear();
      layers.push_back(std::move(next));
      best_.work += sweep_.steps[i].moves.size() + 2 * layers.back().all.size();
    }
    if (!layers.back().all.empty()) {
      best_.profit = layers.back().all.back().profit;
      if (remember) best_.set = set_of(layers);
    }
    if (complete) best_.at_most = best_.profit;
  }

  Partials advance(std::size_t i, const Partials& before, std::size_t most_kept, bool& complete) {
    const SweepStep& step = sweep_.steps[i];
    Partials after;
    after.first.reserve(step.states + 1);
    std::size_t m = 0;
    for (std::uint32_t state = 0; state < step.states; ++state) {
      after.first.push_back(static_cast<std::uint32_t>(after.all.size()));
      kept_.clear();
      for (; m < step.moves.size() && step.moves[m].to == state; ++m) {
        extend(i, m, before);
        merge();
      }
      if (kept_.size() > most_kept) {
        complete = false;
        keep_the_promising(i + 1, state, most_kept);
      }
      after.all.insert(after.all.end(), kept_.begin(), kept_.end());
    }
    after.first.push_back(static_cast<std::uint32_t>(after.all.size()));
    return after;
  }

  /// `fresh_`: what a move makes of the partial paths of its state.
  void extend(std::size_t i, std::size_t m, const Partials& before) {
    fresh_.clear();
    const SweepMove& move = sweep_.steps[i].moves[m];
    const std::int32_t gain = move.in ? profit_[sweep_.steps[i].op] : 0;
    const double wanted = static_cast<double>(best_.profit + 1 - gain);
    for (std::uint32_t p = before.first[move.from]; p < before.first[move.from + 1]; ++p) {
      const Partial& from = before.all[p];
      const std::int64_t time = from.time + time_[i][m];
      if (time >= limit_) break;
      if (static_cast<double>(from.profit) + worth(i + 1, move.to, limit_ - time) < wanted) continue;
      fresh_.push_back({time, from.profit + gain, p, move.in});
    }
  }

  /// Joins `fresh_` to `kept_`, without what others are no worse than.
  void merge() {
    if (fresh_.empty()) return;
    merged_.clear();
    const auto take = [&](const Partial& one) {
      if (merged_.empty() || one.profit > merged_.back().profit) merged_.push_back(one);
    };
    const auto earlier = [](const Partial& a, const Partial& b) {
      return a.time != b.time ? a.time < b.time : a.profit > b.profit;
    };
    auto a = kept_.begin();
    auto b = fresh_.begin();
    while (a != kept_.end() && b != fresh_.end()) take(earlier(*b, *a) ? *b++ : *a++);
    while (a != kept_.end()) take(*a++);
    while (b != fresh_.end()) take(*b++);
    std::swap(kept_, merged_);
  }

  void keep_the_promising(std::size_t layer, std::uint32_t state, std::size_t most_kept) {
    const auto promise = [&](const Partial& one) {
      return static_cast<double>(one.profit) + worth(layer, state, limit_ - one.time);
    };
    const auto end = kept_.begin() + static_cast<std::ptrdiff_t>(most_kept);
    std::nth_element(kept_.begin(), end, kept_.end(),
                     [&](const Partial& a, const Partial& b) { return promise(a) > promise(b); });
    kept_.erase(end, kept_.end());
    std::sort(kept_.begin(), kept_.end(), [](const Partial& a, const Partial& b) { return a.time < b.time; });
  }

  [[nodiscard]] std::vector<OpId> set_of(const std::vector<Partials>& layers) const {
    std::vector<OpId> set;
    std::size_t at = layers.back().all.size() - 1;
    for (std::size_t i = sweep_.steps.size(); i-- > 0;) {
      const Partial& one = layers[i + 1].all[at];
      if (one.in) set.push_back(sweep_.steps[i].op);
      at = one.parent;
    }
    return set;
  }

  const SetSweep& sweep_;
  const MoveTimes& time_;
  const Profits& profit_;
  std::int64_t limit_;
  const std::function<bool()>& stopped_;
  PricedSweep priced_;
  BestSet best_;
  double per_step_ = 0;                                    ///< the price that bounds best
  std::array<double, kPrices.size()> prices_ = {};         ///< per step
  std::vector<std::array<double, kPrices.size()>> to_go_;  ///< by state, what its completions earn at each price
  std::vector<std::size_t> first_;                         ///< by layer, in `to_go_`
  std::vector<Partial> kept_;
  std::vector<Partial> fresh_;
  std::vector<Partial> merged_;
};

std::int64_t whole_steps(double seconds, double step_s) {
  // A quotient that is rounded up must not reach the next integer.
  constexpr double most = 1e18;
  return static_cast<std::int64_t>(std::min(seconds / step_s * (1 - 1e-12), most));
}

}  // namespace

SetKnapsack::SetKnapsack(const SetSweep& sweep, double step_s, const std::function<bool()>& stopped)
    : sweep_(sweep), stopped_(stopped), launch_(whole_steps(sweep.launch_s, step_s)) {
  for (const SweepStep& step : sweep.steps) {
    time_.emplace_back();
    for (const SweepMove& move : step.moves) time_.back().push_back(whole_steps(move.seconds, step_s));
  }
}

BestSet SetKnapsack::best(const Profits& profit, std::int64_t limit, std::size_t most_kept) const {
  if (launch_ >= limit) return {};
  return PathSearch(sweep_, time_, profit, limit - launch_, stopped_).run(most_kept);
}

}  // namespace cleave
