// From coarse to fine, as in the search for one cluster: plans that are known of the parts prune. Labels of fewer
// devices drop those of more whatever the part, as each part that has the more has the fewer too.
//
// Guarantee: exact over contiguous plans with replication, for each part. Cost: that of a search for the whole cluster
// in which a label counts as long as it may become a plan of any part.
#include "search/parts.hpp"

#include "search/beyond.hpp"
#include "search/coarse.hpp"
#include "search/label_setting.hpp"
#include "search/parts_outlook.hpp"
#include "search/period.hpp"
#include "search/prospects.hpp"
#include "search/stage_cost.hpp"
#include "search/staircase.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace cleave {
namespace {

/// States (ideals x count vectors) that memory holds, and parts: each is looked at for each state.
constexpr double kMaxStates = 60e6;
constexpr std::size_t kMaxParts = 64;
/// Periods between which bounds are looked at, before steps are added.
constexpr std::size_t kMaxKnown = 16;

bool part_of(const std::vector<int>& some, const std::vector<int>& all) {
  return std::equal(some.begin(), some.end(), all.begin(), [](int a, int b) { return a <= b; });
}

class PartsSearch {
 public:
  PartsSearch(const CostTable& cost, std::vector<std::vector<int>> parts, const std::function<bool()>& give_up)
      : cost_(cost), parts_(std::move(parts)), give_up_(give_up), counts_(cost) {
    const auto devices = [](const std::vector<int>& counts) {
      return std::accumulate(counts.begin(), counts.end(), 0);
    };
    std::stable_sort(parts_.begin(), parts_.end(),
                     [&](const auto& a, const auto& b) { return devices(a) < devices(b); });
  }

  PartsPlans run(const Lattice& lattice) {
    for (const Baseline& baseline : baselines({.cost = cost_}))
      assume({baseline.plan, baseline.score, devices_of(baseline.plan)});
    if (approach(lattice))
      if (PartsPlans all = solve(lattice, std::vector<bool>(lattice.size(), true)); all.finished) return all;
    return {std::move(known_plans_), false};
  }

 private:
  struct Entry {
    double period_s;
    double energy_j;  ///< per batch, idle energy included
    std::size_t code;
    std::size_t label;
  };

  /// What a plan reaches, on which devices.
  struct Reached {
    Incumbent figures;
    std::vector<int> used;
  };

  [[nodiscard]] std::vector<int> devices_of(const Plan& plan) const {
    std::vector<int> used(cost_.classes.size(), 0);
    for (const Stage& stage : plan.stages) used[cost_.modes[stage.mode].device_class.at()] += stage.replicas;
    return used;
  }

  /// Is known from now on: a little worse than it is, so that plans as good are found again where all ideals are
  /// searched.
  void assume(PartsPlans::One plan) {
    constexpr double slack = 1 + kElsewhere;
    reached_.push_back(
        {{plan.score.period_s * slack, plan.score.energy_j * static_cast<double>(cost_.batch) * slack}, plan.used});
    known_plans_.push_back(std::move(plan));
  }

  /// From few cuts to many; false when stopped. What is found this way only prunes.
  bool approach(const Lattice& lattice) {
    const Lattice chain = Lattice::chain(cost_);
    const auto look = [&](const Lattice& where, const std::vector<bool>& cuts) {
      PartsPlans found = solve(where, cuts);
      for (PartsPlans::One& one : found.plans) assume(std::move(one));
      return found.finished;
    };
    for (std::size_t parts = 16; 2 * parts < cost_.operator_count(); parts = finer(parts, cost_))
      if (!look(chain, even_cuts(cost_, parts))) return false;
    if (lattice.size() != chain.size() && !look(chain, std::vector<bool>(chain.size(), true))) return false;
    for (std::size_t width = 2; width < lattice.size() / lattice.levels(); width *= 3)
      if (!look(lattice, narrow_cuts(cost_, lattice, width))) return false;
    return true;
  }

  [[nodiscard]] std::vector<Part> known() const {
    std::vector<Part> all;
    for (const std::vector<int>& counts : parts_) {
      Staircase<Incumbent> best;
      for (const Reached& one : reached_)
        if (part_of(one.used, counts)) best.insert(one.figures);
      all.push_back({counts, best.items()});
    }
    return all;
  }

  /// Where bounds are looked at: known periods, evenly thinned, and steps between them.
  [[nodiscard]] static std::vector<Incumbent> steps_of(const std::vector<Part>& parts, double max_load_s) {
    std::set<double> periods_s;
    for (const Part& part : parts)
      for (const Incumbent& known : part.known) periods_s.insert(known.period_s);
    const std::vector<double> all(periods_s.begin(), periods_s.end());
    const std::size_t most = std::min(all.size(), kMaxKnown);
    std::vector<Incumbent> chosen;
    for (std::size_t i = 0; i < most; ++i) chosen.push_back({all[i * all.size() / most], 0});
    return with_steps(chosen, max_load_s);
  }

  /// What is better, for some part, than what is known.
  PartsPlans solve(const Lattice& lattice, const std::vector<bool>& cuts) {
    const Bounds bounds(cost_, lattice, counts_);
    const std::vector<Part> parts = known();
    double max_load_s = 0;
    for (const Part& part : parts) max_load_s = std::max(max_load_s, largest_useful_period_s(bounds, part.known));
    const std::vector<Incumbent> steps = steps_of(parts, max_load_s);
    Outlook outlook(cost_, lattice, counts_, bounds, steps, false);
    PartsOutlook judge(cost_, counts_, bounds, parts, steps);
    outlook.judge_by(judge);
    std::vector<bool> open = hopeful(cuts, counts_, bounds, outlook, max_load_s, give_up_);
    judge.add_stages(lattice, open, max_load_s, prices_, give_up_);
    prices_ = judge.prices();
    max_load_s = std::min(max_load_s, hopeless_from_s(outlook, steps));
    open = hopeful(open, counts_, bounds, outlook, max_load_s, give_up_);
    LabelSetting labels(cost_, lattice, counts_, bounds, outlook, open, max_load_s);
    if (!labels.run(give_up_, [](double) {})) return {{}, false};
    PartsPlans found;
    for (const auto& [code, label] : better(labels, bounds, parts)) {
      Plan plan = labels.plan_of(code, label);
      Score score = evaluate(cost_, plan);
      std::vector<int> used = devices_of(plan);
      found.plans.push_back({std::move(plan), std::move(score), std::move(used)});
    }
    return found;
  }

  /// Labels of all operators that are on the frontier of a part, with what is known: code and position.
  [[nodiscard]] std::set<std::pair<std::size_t, std::size_t>> better(const LabelSetting& labels, const Bounds& bounds,
                                                                     const std::vector<Part>& parts) const {
    constexpr std::size_t known = static_cast<std::size_t>(-1);
    std::set<std::pair<std::size_t, std::size_t>> chosen;
    for (const Part& part : parts) {
      Staircase<Entry> best;
      for (const Incumbent& one : part.known) best.insert({one.period_s, one.energy_j, known, 0});
      for (std::size_t code = 0; code < counts_.size(); ++code) {
        if (!has(part, code)) continue;
        const std::vector<Figures> finals = labels.finals(code);
        for (const Figures& one : finals)
          best.insert({one.period_s, one.energy_j + one.period_s * bounds.idle_w(code), code,
                       static_cast<std::size_t>(&one - finals.data())});
      }
      for (const Entry& entry : best.items())
        if (entry.code != known) chosen.emplace(entry.code, entry.label);
    }
    return chosen;
  }

  [[nodiscard]] bool has(const Part& part, std::size_t code) const {
    for (const ClassId device : cost_.classes.ids())
      if (counts_.used(code, device) > part.counts[device.at()]) return false;
    return true;
  }

  const CostTable& cost_;
  std::vector<std::vector<int>> parts_;  ///< the whole cluster last
  const std::function<bool()>& give_up_;
  Counts counts_;
  std::vector<Reached> reached_;
  std::vector<PartsPlans::One> known_plans_;  ///< the same plans; the answer of a search that is stopped
  std::vector<DevicePrices> prices_;          ///< of the search before, a start for the next
};

}  // namespace

std::optional<PartsPlans> solve_parts(const CostTable& cost, const std::vector<std::vector<int>>& parts,
                                      const ExploreOptions& options, const std::function<bool()>& give_up) {
  if (cost.links || period_is_all(cost) || parts.size() > kMaxParts ||
      Counts::number_of(cost) * static_cast<double>(cost.operator_count() + 1) > kMaxStates)
    return std::nullopt;
  if (!runnable(cost)) return PartsPlans();
  const auto lattice = Lattice::up_to_twins(cost, options.max_ideals, give_up);
  if (!lattice || Counts::number_of(cost) * static_cast<double>(lattice->size()) > kMaxStates) return std::nullopt;
  return PartsSearch(cost, parts, give_up).run(*lattice);
}

}  // namespace cleave
