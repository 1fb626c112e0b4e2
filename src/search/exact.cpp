// Label-setting dynamic program over states (ideal, usage counts), ideals in order of size.
//
// A label is (largest load so far, dynamic energy so far). The idle watts of a state follow from
// its counts, so two numbers suffice for the (period, energy) frontier: if one label of a state is
// no worse in both, so is every completion of it. A label is dropped when a label of its state or,
// by admissible bounds on what remains, a known plan dominates all it can become.
//
// Guarantee: exact over contiguous plans with replication. Cost: O(pairs of nested ideals within
// the period window x modes x replicas x counts x labels per state); memory O(live labels).
// Same result for any number of threads: a state is computed by one thread, from finished ones.
#include "search/exact.hpp"

#include "search/bounds.hpp"
#include "search/outlook.hpp"
#include "search/staircase.hpp"
#include "search/transitions.hpp"

#include <tbb/blocked_range2d.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>

namespace cleave {
namespace {

struct Label {
  double period_s = 0;
  double energy_j = 0;  ///< dynamic and transfer, one batch
  std::uint32_t lower = 0;
  std::uint32_t parent = 0;  ///< label of the state below
  ModeId mode = {};
  int replicas = 0;
};

using State = Staircase<Label>;

/// A state with labels: the least period and the least energy of any.
struct Live {
  std::uint32_t code = 0;
  double period_s = 0;
  double energy_j = 0;
};

/// The live states of an ideal, side by side: most extensions are refused on these numbers alone.
struct Summary {
  std::vector<Live> states;
  double period_s = kCannot;  ///< least of any state
  double energy_j = kCannot;
};

/// What a state that is being computed must know.
struct Target {
  bool open = false;   ///< some label could still matter
  double least_s = 0;  ///< period of any completion
  std::vector<double> thresholds;
};

class LabelSetting {
 public:
  LabelSetting(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts,
               const std::vector<Score>& incumbents)
      : cost_(cost),
        lattice_(lattice),
        open_(cuts),
        counts_(cost),
        bounds_(cost, lattice, counts_),
        incumbents_(per_batch(incumbents, cost.batch)),
        outlook_(cost, lattice, counts_, bounds_, incumbents_.items()),
        max_load_s_(largest_useful_period()),
        states_(lattice.size()),
        summaries_(lattice.size()) {}

  ExactResult run(const std::function<bool()>& give_up, const std::function<void(double)>& on_progress) {
    states_[0].resize(counts_.size());
    states_[0][0].insert(Label{});
    summarise(0);
    close_hopeless();
    tbb::enumerable_thread_specific<TransitionWalk> walks([&] { return TransitionWalk(cost_, lattice_); });
    for (std::size_t level = 1; level < lattice_.levels(); ++level) {
      if (give_up()) return {{}, false};
      solve_level(level, walks, give_up);
      on_progress(static_cast<double>(level) / static_cast<double>(lattice_.levels() - 1));
    }
    if (give_up()) return {{}, false};
    return {plans(), true};
  }

 private:
  static Staircase<Incumbent> per_batch(const std::vector<Score>& scores, std::int64_t batch) {
    Staircase<Incumbent> incumbents;
    for (const Score& score : scores) incumbents.insert({score.period_s, score.energy_j * static_cast<double>(batch)});
    return incumbents;
  }

  /// Plans slower than this are dominated by an incumbent, whatever they save: energy is at least
  /// the least dynamic energy plus one idle device over the period.
  [[nodiscard]] double largest_useful_period() const {
    double largest = kCannot;
    for (const Incumbent& known : incumbents_.items()) {
      double from_s = known.period_s;
      if (bounds_.energy_to_go_j(0) < known.energy_j)
        from_s = bounds_.least_idle_w() > 0
                     ? std::max(from_s, (known.energy_j - bounds_.dynamic_j()) / bounds_.least_idle_w())
                     : kCannot;
      largest = std::min(largest, from_s);
    }
    return largest * (1 + 1e-9);
  }

  template <class Walks>
  void solve_level(std::size_t level, Walks& walks, const std::function<bool()>& give_up) {
    const std::uint32_t first = lattice_.first(level);
    const std::uint32_t last = lattice_.last(level);
    // Transitions of a block of ideals are alive at once, of the whole level never.
    constexpr std::uint32_t block = 64;
    std::vector<std::vector<Transition>> transitions(block);
    for (std::uint32_t begin = first; begin < last; begin += block) {
      const std::uint32_t end = std::min(last, begin + block);
      tbb::parallel_for(begin, end, [&](std::uint32_t upper) {
        transitions[upper - begin].clear();
        if (!open_[upper] || give_up()) return;
        walks.local().collect(upper, open_, max_load_s_, transitions[upper - begin]);
        states_[upper].resize(counts_.size());
      });
      // Wide levels split by ideal, narrow ones (a chain has one ideal a level) by count code.
      const tbb::blocked_range2d<std::uint32_t, std::size_t> targets(begin, end, 1, 0, counts_.size(), 16);
      tbb::parallel_for(targets, [&](const auto& range) {
        for (std::uint32_t upper = range.rows().begin(); upper < range.rows().end(); ++upper)
          if (open_[upper] && !give_up())
            solve_states(upper, range.cols().begin(), range.cols().end(), transitions[upper - begin]);
      });
      for (std::uint32_t upper = begin; upper < end; ++upper)
        if (open_[upper]) summarise(upper);
    }
  }

  /// Is it worth the while to reach this state?
  void aim(std::uint32_t ideal, std::size_t code, Target& target) const {
    target.least_s = bounds_.period_s(ideal, code);
    outlook_.thresholds(ideal, code, target.thresholds);
    target.open = target.least_s <= max_load_s_ && target.thresholds[outlook_.faster(target.least_s)] > 0;
  }

  /// Closes the ideals of which no state could matter, so that no stage is priced that ends or begins there.
  void close_hopeless() {
    Target target;
    for (std::uint32_t ideal = 0; ideal < lattice_.size(); ++ideal) {
      bool any = false;
      for (std::size_t code = 0; open_[ideal] && !any && code < counts_.size(); ++code) {
        aim(ideal, code, target);
        any = target.open;
      }
      open_[ideal] = any;
    }
  }

  /// Extends every live state below by every transition, where the counts of the result lie in
  /// [first, last).
  void solve_states(std::uint32_t upper, std::size_t first, std::size_t last,
                    const std::vector<Transition>& transitions) {
    std::vector<Target>& targets = targets_.local();
    targets.resize(std::max(targets.size(), last - first));
    std::vector<double> highest(incumbents_.items().size() + 1, 0);
    for (std::size_t code = first; code < last; ++code) {
      Target& target = targets[code - first];
      aim(upper, code, target);
      for (std::size_t i = 0; target.open && i < highest.size(); ++i)
        highest[i] = std::max(highest[i], target.thresholds[i]);
    }
    for (const Transition& step : transitions) {
      const Summary& below = summaries_[step.lower];
      if (below.states.empty()) continue;
      if (below.energy_j + step.energy_j >= highest[outlook_.faster(std::max(below.period_s, step.load_s))]) continue;
      const ClassId device = cost_.modes[step.mode].device_class;
      for (const Live& from : below.states) {
        if (counts_.free(from.code, device) < step.replicas) continue;
        const std::size_t code = counts_.take(from.code, device, step.replicas);
        if (code < first || code >= last || !targets[code - first].open) continue;
        const Target& target = targets[code - first];
        const double period_s = std::max(from.period_s, step.load_s);
        const double energy_j = from.energy_j + step.energy_j;
        if (energy_j >= target.thresholds[outlook_.faster(std::max(period_s, target.least_s))]) continue;
        if (states_[upper][code].dominates(period_s, energy_j)) continue;
        extend(states_[upper][code], states_[step.lower][from.code].items(), step, target);
      }
    }
  }

  void summarise(std::uint32_t ideal) {
    Summary& summary = summaries_[ideal];
    for (std::size_t code = 0; code < states_[ideal].size(); ++code) {
      const auto& labels = states_[ideal][code].items();
      if (labels.empty()) continue;
      summary.states.push_back({static_cast<std::uint32_t>(code), labels.front().period_s, labels.back().energy_j});
      summary.period_s = std::min(summary.period_s, labels.front().period_s);
      summary.energy_j = std::min(summary.energy_j, labels.back().energy_j);
    }
  }

  /// Every label below, with `step` on top. Labels whose period the step's load hides differ in
  /// energy only, so the last of them stands for all; a label that dominates one of them dominates
  /// the following ones too, down to its own energy.
  void extend(State& state, const std::vector<Label>& below, const Transition& step, const Target& target) const {
    auto label = std::upper_bound(below.begin(), below.end(), step.load_s,
                                  [](double load_s, const Label& one) { return load_s < one.period_s; });
    if (label != below.begin()) --label;
    while (label != below.end()) {
      const double period_s = std::max(label->period_s, step.load_s);
      const double energy_j = label->energy_j + step.energy_j;
      if (const double bar_j = state.least_energy_until(period_s); bar_j <= energy_j) {
        label = std::partition_point(std::next(label), below.end(),
                                     [&](const Label& one) { return one.energy_j + step.energy_j >= bar_j; });
        continue;
      }
      if (energy_j < target.thresholds[outlook_.faster(std::max(period_s, target.least_s))])
        state.insert({period_s, energy_j, step.lower, static_cast<std::uint32_t>(label - below.begin()), step.mode,
                      step.replicas});
      ++label;
    }
  }

  [[nodiscard]] std::vector<Plan> plans() const {
    struct Final {
      double period_s;
      double energy_j;
      std::size_t code;
      std::uint32_t label;
    };
    Staircase<Final> best;
    for (std::size_t code = 0; code < states_[lattice_.top()].size(); ++code) {  // none if no better plan can exist
      const auto& labels = states_[lattice_.top()][code].items();
      for (std::uint32_t i = 0; i < labels.size(); ++i)
        best.insert({labels[i].period_s, labels[i].energy_j + labels[i].period_s * bounds_.idle_w(code), code, i});
    }
    std::vector<Plan> found;
    for (const Final& final : best.items()) found.push_back(plan_of(final.code, final.label));
    return found;
  }

  [[nodiscard]] Plan plan_of(std::size_t code, std::uint32_t index) const {
    Plan plan;
    for (std::uint32_t upper = lattice_.top(); upper != 0;) {
      const Label& label = states_[upper][code].items()[index];
      plan.stages.push_back({label.mode, label.replicas, lattice_.difference(upper, label.lower)});
      code = counts_.release(code, cost_.modes[label.mode].device_class, label.replicas);
      index = label.parent;
      upper = label.lower;
    }
    std::reverse(plan.stages.begin(), plan.stages.end());
    return plan;
  }

  const CostTable& cost_;
  const Lattice& lattice_;
  std::vector<bool> open_;  ///< by ideal: a stage may end there and some state of it could matter
  Counts counts_;
  Bounds bounds_;
  Staircase<Incumbent> incumbents_;
  Outlook outlook_;
  double max_load_s_;
  std::vector<std::vector<State>> states_;  ///< [ideal][code]
  std::vector<Summary> summaries_;          ///< [ideal]
  tbb::enumerable_thread_specific<std::vector<Target>> targets_;
};

}  // namespace

ExactResult solve_exact(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts,
                        const std::vector<Score>& incumbents, const std::function<bool()>& give_up,
                        const std::function<void(double)>& on_progress) {
  return LabelSetting(cost, lattice, cuts, incumbents).run(give_up, on_progress);
}

}  // namespace cleave
