// All that any sub-cluster could want, from coarse to fine: a known plan on many devices says nothing about a cluster
// that lacks them, so what may still become of a partial plan is judged by what is known of each.
#include "search/subclusters.hpp"

#include "base/parallel.hpp"
#include "search/coarse.hpp"
#include "search/counted_outlook.hpp"
#include "search/label_setting.hpp"
#include "search/period.hpp"
#include "search/staircase.hpp"

#include <algorithm>
#include <optional>

namespace cleave {
namespace {

struct Final {
  double period_s = 0;
  double energy_j = 0;
  std::size_t label = 0;
};

std::vector<std::size_t> with_one_less(const CostTable& cost, const Counts& counts, std::size_t code) {
  std::vector<std::size_t> smaller;
  for (const ClassId device : cost.classes.ids())
    if (counts.used(code, device) > 0) smaller.push_back(counts.release(code, device, 1));
  return smaller;
}

/// By code what no plan on these devices or fewer makes needless: one that is no slower and takes no more energy, idle
/// energy included. The search leaves many of those, and to price a plan takes long.
std::vector<std::vector<Final>> needed_at_own_pace(const CostTable& cost, const Counts& counts, const Bounds& bounds,
                                                   const LabelSetting& labels) {
  std::vector<std::vector<Final>> needed(counts.size());
  std::vector<Staircase<Final>> reached(counts.size());
  for (std::size_t code = 0; code < counts.size(); ++code) {
    for (const std::size_t fewer : with_one_less(cost, counts, code))
      for (const Final& one : reached[fewer].items()) reached[code].insert(one);
    const std::vector<Figures> finals = labels.finals(code);
    for (std::size_t i = 0; i < finals.size(); ++i) {
      const auto [period_s, energy_j] = finals[i];
      const Final one{period_s, energy_j + period_s * bounds.idle_w(code), i};
      if (reached[code].insert(one)) needed[code].push_back(one);
    }
  }
  return needed;
}

/// The same where a plan makes another needless only if it takes no more energy at any pace of that one.
std::vector<std::vector<Final>> needed_at_any_pace(const CostTable& cost, const Counts& counts, const Bounds& bounds,
                                                   const LabelSetting& labels) {
  std::vector<std::vector<Final>> needed(counts.size());
  std::vector<Staircase<Final>> reached(counts.size());  // with dynamic energy
  for (std::size_t code = 0; code < counts.size(); ++code) {
    const std::vector<std::size_t> smaller = with_one_less(cost, counts, code);
    const auto beaten = [&](const Final& one) {
      return std::any_of(smaller.begin(), smaller.end(), [&](std::size_t fewer) {
        return reached[fewer].least_energy_until(one.period_s) + one.period_s * bounds.idle_w(fewer) <=
               one.energy_j + one.period_s * bounds.idle_w(code);
      });
    };
    const std::vector<Figures> finals = labels.finals(code);
    for (std::size_t i = 0; i < finals.size(); ++i)
      if (const Final one{finals[i].period_s, finals[i].energy_j, i}; !beaten(one)) {
        needed[code].push_back(one);
        reached[code].insert(one);
      }
    for (const std::size_t fewer : smaller)
      for (const Final& one : reached[fewer].items()) reached[code].insert(one);
  }
  return needed;
}

std::vector<ScoredPlan> plans(const CostTable& cost, const Counts& counts, const Bounds& bounds,
                              const LabelSetting& labels, Pace pace) {
  struct Wanted {
    std::size_t code;
    std::size_t label;
  };
  std::vector<Wanted> wanted;
  const auto needed = pace == Pace::own ? needed_at_own_pace : needed_at_any_pace;
  const auto needed_of = needed(cost, counts, bounds, labels);
  for (std::size_t code = 0; code < counts.size(); ++code)
    for (const Final& one : needed_of[code]) wanted.push_back({code, one.label});
  std::vector<ScoredPlan> found(wanted.size());
  in_parallel(std::size_t{0}, wanted.size(), [&](std::size_t i) {
    ScoredPlan& one = found[i];
    one.code = wanted[i].code;
    one.plan = labels.plan_of(wanted[i].code, wanted[i].label);
    one.score = evaluate(cost, one.plan);
    for (const StageScore& stage : one.score.stages) one.dynamic_j += stage.dynamic_j + stage.transfer_j;
  });
  return found;
}

/// By code the frontier over all plans that are known of these devices or fewer.
using Known = std::vector<std::vector<Incumbent>>;

class SubclusterSearch {
 public:
  SubclusterSearch(const CostTable& cost, Pace pace, const std::function<bool()>& give_up)
      : cost_(cost), pace_(pace), give_up_(give_up), counts_(cost), known_(counts_.size()) {}

  SubclusterPlans run(const Lattice& lattice, const std::function<void(double)>& on_progress) {
    if (pace_ == Pace::own && !period_is_all(cost_) && counts_.size() >= kFewestCounts &&
        CountedOutlook::applies(lattice, counts_))
      approach(lattice);
    SubclusterPlans found;
    const auto keep = [&](const Bounds& bounds, const LabelSetting& labels) {
      found.plans = plans(cost_, counts_, bounds, labels, pace_);
    };
    found.finished = solve(lattice, std::vector<bool>(lattice.size(), true), on_progress, keep);
    return found;
  }

 private:
  /// From few cuts to many: what is found this way only prunes. Where states have few labels it is not worth it.
  void approach(const Lattice& lattice) {
    bool worth = true;
    const auto look = [&](const Lattice& where, const std::vector<bool>& cuts) {
      const auto use = [&](const Bounds& bounds, const LabelSetting& labels) {
        if (known_.back().empty()) worth = labels.labels_per_state() >= kWorthCounting;
        if (worth) learn(bounds, labels);
      };
      if (worth)
        solve(
            where, cuts, [](double) {}, use);
    };
    const Lattice chain = Lattice::chain(cost_);
    for (std::size_t parts = kFewest; 2 * parts < cost_.operator_count(); parts = finer(parts, cost_))
      look(chain, even_cuts(cost_, parts));
    if (lattice.size() > 2 * chain.size()) look(chain, std::vector<bool>(chain.size(), true));
    for (std::size_t width = 2; 4 * width < lattice.size() / lattice.levels(); width *= 3)
      look(lattice, narrow_cuts(cost_, lattice, width));
  }

  /// False when stopped; else `use` gets the labels, which are all of use beside what is known.
  template <class Use>
  bool solve(const Lattice& lattice, const std::vector<bool>& cuts, const std::function<void(double)>& on_progress,
             const Use& use) {
    const Bounds bounds(cost_, lattice, counts_);
    std::optional<CountedOutlook> counted;
    if (!known_.back().empty()) counted.emplace(cost_, lattice, counts_, bounds, cuts, known_, give_up_);
    Outlook outlook(cost_, lattice, counts_, bounds, counted ? counted->intervals() : std::vector<Incumbent>(), false);
    if (counted) outlook.judge_by(*counted);
    LabelSetting labels(cost_, lattice, counts_, bounds, outlook, counted ? counted->open() : cuts,
                        counted ? counted->max_load_s() : kCannot);
    const bool finished = labels.run(give_up_, on_progress);
    if (finished) use(bounds, labels);
    return finished;
  }

  void learn(const Bounds& bounds, const LabelSetting& labels) {
    std::vector<Staircase<Incumbent>> reached(counts_.size());
    for (std::size_t code = 0; code < counts_.size(); ++code) {
      for (const Incumbent& one : known_[code]) reached[code].insert(one);
      for (const std::size_t fewer : with_one_less(cost_, counts_, code))
        for (const Incumbent& one : reached[fewer].items()) reached[code].insert(one);
      for (const Figures& one : labels.finals(code))
        reached[code].insert({one.period_s, one.energy_j + one.period_s * bounds.idle_w(code)});
      known_[code] = reached[code].items();
    }
  }

  static constexpr std::size_t kFewest = 32;
  /// What is known prunes much where sub-clusters and labels of a state are many; elsewhere looking for it takes
  /// longer.
  static constexpr std::size_t kFewestCounts = 16;
  static constexpr double kWorthCounting = 4;

  const CostTable& cost_;
  Pace pace_;
  const std::function<bool()>& give_up_;
  Counts counts_;
  Known known_;
};

}  // namespace

SubclusterPlans solve_subclusters(const CostTable& cost, const Lattice& lattice, Pace pace,
                                  const std::function<bool()>& give_up,
                                  const std::function<void(double)>& on_progress) {
  return SubclusterSearch(cost, pace, give_up).run(lattice, on_progress);
}

}  // namespace cleave
