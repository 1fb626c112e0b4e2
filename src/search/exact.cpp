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

class LabelSetting {
 public:
  LabelSetting(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts, const std::vector<Score>& incumbents)
      : cost_(cost),
        lattice_(lattice),
        cuts_(cuts),
        counts_(cost),
        bounds_(cost, lattice, counts_),
        incumbents_(per_batch(incumbents, cost.batch)),
        outlook_(cost, lattice, counts_, bounds_, incumbents_.items()),
        max_load_s_(largest_useful_period()),
        states_(lattice.size()) {}

  ExactResult run(const std::function<bool()>& give_up, const std::function<void(double)>& on_progress) {
    states_[0].resize(counts_.size());
    states_[0][0].insert(Label{});
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
        from_s = bounds_.least_idle_w() > 0 ? std::max(from_s, (known.energy_j - bounds_.dynamic_j()) / bounds_.least_idle_w()) : kCannot;
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
        if (!cuts_[upper] || give_up()) return;
        walks.local().collect(upper, cuts_, max_load_s_, transitions[upper - begin]);
        states_[upper].resize(counts_.size());
      });
      tbb::parallel_for(tbb::blocked_range2d<std::uint32_t, std::size_t>(begin, end, 1, 0, counts_.size(), 4), [&](const auto& range) {
        for (std::uint32_t upper = range.rows().begin(); upper < range.rows().end(); ++upper)
          for (std::size_t code = range.cols().begin(); code < range.cols().end(); ++code)
            if (cuts_[upper] && !give_up()) solve_state(upper, code, transitions[upper - begin]);
      });
    }
  }

  void solve_state(std::uint32_t upper, std::size_t code, const std::vector<Transition>& transitions) {
    const double to_go_s = bounds_.period_to_go_s(upper, code);
    if (to_go_s > max_load_s_) return;
    State& state = states_[upper][code];
    auto& thresholds = thresholds_.local();
    outlook_.thresholds(upper, code, thresholds);
    if (thresholds[outlook_.faster(to_go_s)] <= 0) return;
    for (const Transition& step : transitions) {
      const ClassId device = cost_.modes[step.mode].device_class;
      if (counts_.used(code, device) < step.replicas) continue;
      const auto& below = states_[step.lower][counts_.release(code, device, step.replicas)].items();
      extend(state, below, step, to_go_s, thresholds);
    }
  }

  /// Every label below, with `step` on top. Labels whose period the step's load hides differ in
  /// energy only, so the last of them stands for all.
  void extend(State& state, const std::vector<Label>& below, const Transition& step, double to_go_s, const std::vector<double>& thresholds) const {
    auto from = std::upper_bound(below.begin(), below.end(), step.load_s,
                                 [](double load_s, const Label& label) { return load_s < label.period_s; });
    if (from != below.begin()) --from;
    for (auto label = from; label != below.end(); ++label) {
      const double period_s = std::max(label->period_s, step.load_s);
      const double energy_j = label->energy_j + step.energy_j;
      if (state.dominates(period_s, energy_j)) continue;
      if (energy_j >= thresholds[outlook_.faster(std::max(period_s, to_go_s))]) continue;
      state.insert({period_s, energy_j, step.lower, static_cast<std::uint32_t>(label - below.begin()), step.mode, step.replicas});
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
    for (std::size_t code = 0; code < counts_.size(); ++code) {
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
  const std::vector<bool>& cuts_;
  Counts counts_;
  Bounds bounds_;
  Staircase<Incumbent> incumbents_;
  Outlook outlook_;
  double max_load_s_;
  std::vector<std::vector<State>> states_;  ///< [ideal][code]
  tbb::enumerable_thread_specific<std::vector<double>> thresholds_;
};

}  // namespace

ExactResult solve_exact(const CostTable& cost, const Lattice& lattice, const std::vector<bool>& cuts, const std::vector<Score>& incumbents,
                        const std::function<bool()>& give_up, const std::function<void(double)>& on_progress) {
  return LabelSetting(cost, lattice, cuts, incumbents).run(give_up, on_progress);
}

}  // namespace cleave
