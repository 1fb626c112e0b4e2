// All that any sub-cluster could want: a known plan on many devices says nothing about a cluster that lacks them, so
// none prunes.
#include "search/subclusters.hpp"

#include "base/parallel.hpp"
#include "search/label_setting.hpp"
#include "search/staircase.hpp"

#include <algorithm>

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

}  // namespace

SubclusterPlans solve_subclusters(const CostTable& cost, const Lattice& lattice, Pace pace,
                                  const std::function<bool()>& give_up,
                                  const std::function<void(double)>& on_progress) {
  const Counts counts(cost);
  const Bounds bounds(cost, lattice, counts);
  const Outlook outlook(cost, lattice, counts, bounds, {}, false);
  const std::vector<bool> everywhere(lattice.size(), true);
  LabelSetting labels(cost, lattice, counts, bounds, outlook, everywhere, kCannot);
  if (!labels.run(give_up, on_progress)) return {{}, false};
  return {plans(cost, counts, bounds, labels, pace), true};
}

}  // namespace cleave
