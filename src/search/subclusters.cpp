// Label-setting dynamic program over states (ideal, usage counts) that keeps what any sub-cluster could want.
//
// It differs from the search for one cluster in what it may forget. A known plan on many devices says nothing
// about a cluster that lacks them, so no incumbent prunes. Instead
//  - a label is dropped when another one, on no more devices of any class, is no slower and takes no more energy
//    with the idle energy of its devices over the label's own period added: every completion of the first is a
//    completion of the second, and a longer period only favours the one with fewer idle watts;
//  - the period of a label is raised to what any completion of its state must take in any case, so that
//    labels which differ in nothing that matters become one.
//
// Cost: O(pairs of nested ideals x modes x replicas x counts x labels per state); memory O(live labels).
// Same result for any number of threads: a state is computed by one thread, from finished ones.
#include "search/subclusters.hpp"

#include "search/bounds.hpp"
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

/// Replicas of a label that a state borrows from one with fewer devices, to be compared with only.
constexpr int kElsewhere = 0;

using Labels = std::vector<Label>;

class SubclusterSearch {
 public:
  SubclusterSearch(const CostTable& cost, const Lattice& lattice)
      : cost_(cost),
        lattice_(lattice),
        everywhere_(lattice.size(), true),
        counts_(cost),
        bounds_(cost, lattice, counts_),
        smaller_(counts_.size()),
        states_(lattice.size()) {
    for (std::size_t code = 0; code < counts_.size(); ++code) {
      std::size_t devices = 0;
      for (const ClassId device : cost.classes.ids()) {
        devices += static_cast<std::size_t>(counts_.used(code, device));
        if (counts_.used(code, device) > 0) smaller_[code].push_back(counts_.release(code, device, 1));
      }
      layers_.resize(std::max(layers_.size(), devices + 1));
      layers_[devices].push_back(code);
    }
  }

  SubclusterPlans run(const std::function<bool()>& give_up, const std::function<void(double)>& on_progress) {
    states_[0].resize(counts_.size());
    states_[0][0].push_back(Label{});
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
  template <class Walks>
  void solve_level(std::size_t level, Walks& walks, const std::function<bool()>& give_up) {
    // Transitions of a block of ideals are alive at once, of the whole level never.
    constexpr std::uint32_t block = 64;
    std::vector<std::vector<Transition>> transitions(block);
    std::vector<std::vector<Staircase<Label>>> reached(block);
    for (std::uint32_t begin = lattice_.first(level); begin < lattice_.last(level); begin += block) {
      const std::uint32_t end = std::min(lattice_.last(level), begin + block);
      tbb::parallel_for(begin, end, [&](std::uint32_t upper) {
        transitions[upper - begin].clear();
        reached[upper - begin].assign(counts_.size(), {});
        states_[upper].resize(counts_.size());
        if (give_up()) return;
        std::vector<Transition>& steps = transitions[upper - begin];
        walks.local().collect(upper, everywhere_, kCannot, steps);
        // Long stages first: they leave short fronts, which refuse most of what comes after.
        std::stable_sort(steps.begin(), steps.end(),
                         [](const Transition& a, const Transition& b) { return a.lower < b.lower; });
      });
      // A state needs those with a device fewer: layer by layer.
      for (const std::vector<std::size_t>& layer : layers_) {
        const tbb::blocked_range2d<std::uint32_t, std::size_t> targets(begin, end, 1, 0, layer.size(), 1);
        tbb::parallel_for(targets, [&](const auto& range) {
          for (std::uint32_t upper = range.rows().begin(); upper < range.rows().end(); ++upper)
            for (std::size_t i = range.cols().begin(); i < range.cols().end() && !give_up(); ++i)
              solve_state(upper, layer[i], transitions[upper - begin], reached[upper - begin]);
        });
      }
    }
  }

  void solve_state(std::uint32_t upper, std::size_t code, const std::vector<Transition>& transitions,
                   std::vector<Staircase<Label>>& reached) {
    Staircase<Label>& state = reached[code];
    for (const std::size_t fewer : smaller_[code])
      for (Label label : reached[fewer].items()) {
        label.replicas = kElsewhere;
        state.insert(label);
      }
    const double least_s = bounds_.period_s(upper, code);
    if (least_s > 1e200) return;
    for (const Transition& step : transitions) {
      const ClassId device = cost_.modes[step.mode].device_class;
      if (counts_.used(code, device) < step.replicas) continue;
      const Labels& below = states_[step.lower][counts_.release(code, device, step.replicas)];
      if (below.empty()) continue;
      const double floor_s = std::max(step.load_s, least_s);
      if (state.dominates(std::max(below.front().period_s, floor_s), below.back().energy_j + step.energy_j)) continue;
      extend(state, below, step, floor_s);
    }
    states_[upper][code] = own(code, reached);
  }

  /// Every label below, with `step` on top. Of the labels whose period `floor_s` hides the last one stands for all;
  /// what dominates one label dominates the following ones too, down to its own energy.
  static void extend(Staircase<Label>& state, const Labels& below, const Transition& step, double floor_s) {
    auto label = std::upper_bound(below.begin(), below.end(), floor_s,
                                  [](double s, const Label& one) { return s < one.period_s; });
    if (label != below.begin()) --label;
    while (label != below.end()) {
      const double period_s = std::max(label->period_s, floor_s);
      const double energy_j = label->energy_j + step.energy_j;
      if (const double bar_j = state.least_energy_until(period_s); bar_j <= energy_j) {
        label = std::partition_point(std::next(label), below.end(),
                                     [&](const Label& one) { return one.energy_j + step.energy_j >= bar_j; });
        continue;
      }
      state.insert({period_s, energy_j, step.lower, static_cast<std::uint32_t>(label - below.begin()), step.mode,
                    step.replicas});
      ++label;
    }
  }

  /// The labels of a state that none on fewer devices dominates.
  [[nodiscard]] Labels own(std::size_t code, const std::vector<Staircase<Label>>& reached) const {
    Labels kept;
    for (const Label& label : reached[code].items()) {
      if (label.replicas == kElsewhere) continue;
      const auto beats = [&](std::size_t fewer) {
        return reached[fewer].least_energy_until(label.period_s) + label.period_s * bounds_.idle_w(fewer) <=
               label.energy_j + label.period_s * bounds_.idle_w(code);
      };
      if (std::none_of(smaller_[code].begin(), smaller_[code].end(), beats)) kept.push_back(label);
    }
    return kept;
  }

  [[nodiscard]] std::vector<ScoredPlan> plans() const {
    std::vector<ScoredPlan> found;
    const auto& top = states_[lattice_.top()];
    for (std::size_t code = 0; code < top.size(); ++code)
      for (std::size_t i = 0; i < top[code].size(); ++i) {
        Plan plan = plan_of(code, i);
        Score score = evaluate(cost_, plan);
        double dynamic_j = 0;
        for (const StageScore& stage : score.stages) dynamic_j += stage.dynamic_j + stage.transfer_j;
        found.push_back({code, dynamic_j, std::move(plan), std::move(score)});
      }
    return found;
  }

  [[nodiscard]] Plan plan_of(std::size_t code, std::size_t index) const {
    Plan plan;
    for (std::uint32_t upper = lattice_.top(); upper != 0;) {
      const Label& label = states_[upper][code][index];
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
  std::vector<bool> everywhere_;  ///< cuts: every ideal
  Counts counts_;
  Bounds bounds_;
  std::vector<std::vector<std::size_t>> smaller_;  ///< by code: those with one device fewer
  std::vector<std::vector<std::size_t>> layers_;   ///< codes by how many devices they use
  std::vector<std::vector<Labels>> states_;        ///< [ideal][code], by ascending period
};

}  // namespace

SubclusterPlans solve_subclusters(const CostTable& cost, const Lattice& lattice, const std::function<bool()>& give_up,
                                  const std::function<void(double)>& on_progress) {
  return SubclusterSearch(cost, lattice).run(give_up, on_progress);
}

}  // namespace cleave
