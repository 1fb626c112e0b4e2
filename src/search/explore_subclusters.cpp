// From plans on exactly some devices to the frontier of every cluster that has them.
#include "base/parallel.hpp"
#include "search/any_bounds/energy_bound.hpp"
#include "search/counts.hpp"
#include "search/stage_cost.hpp"
#include "search/stopwatch.hpp"
#include "search/subclusters.hpp"
#include "search/surface.hpp"
#include "search/trail.hpp"
#include "search/upwards.hpp"
#include "search/weights.hpp"

#include <cleave/error.hpp>
#include <cleave/subclusters.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

namespace cleave {
namespace {

/// More sub-clusters than anyone reads; and states (ideals x count vectors) that memory holds, 24 bytes each.
constexpr double kMaxSubclusters = 100'000;
constexpr double kMaxStates = 60'000'000;
constexpr double kMaxTrailStates = 10'000'000;  // with links or latency: 100 bytes each

/// A lattice so many times larger than the chain is worth a run on the chain first, in case it is stopped.
constexpr std::size_t kWorthTwo = 4;

struct Entry {
  double period_s = 0;
  double energy_j = 0;
  double latency_s = 0;  ///< 0 where it is no objective
  std::size_t plan = 0;
};

/// For each code the frontier over all plans on these devices or fewer: its own plans, and what the clusters with
/// one device less can do.
std::vector<Surface<Entry>> frontiers(const CostTable& cost, const Counts& counts, const std::vector<ScoredPlan>& plans,
                                      bool latency) {
  std::vector<Surface<Entry>> best(counts.size());
  auto next = plans.begin();
  for (std::size_t code = 0; code < counts.size(); ++code) {
    for (const ClassId device : cost.classes.ids())
      if (counts.used(code, device) > 0)
        for (const Entry& entry : best[counts.release(code, device, 1)].items()) best[code].insert(entry);
    for (; next != plans.end() && next->code == code; ++next)
      best[code].insert({next->score.period_s, next->score.energy_j, latency ? next->score.latency_s : 0,
                         static_cast<std::size_t>(next - plans.begin())});
  }
  return best;
}

IndexVector<ClassId, int> counts_of(const CostTable& cost, const Counts& counts, std::size_t code) {
  IndexVector<ClassId, int> used;
  for (const ClassId device : cost.classes.ids()) used.push_back(counts.used(code, device));
  return used;
}

/// What no plan can beat: itself where all plans were considered, else the bound for the whole cluster, which
/// holds for its parts too.
void bound_all(const CostTable& cost, Subclusters& found) {
  std::vector<double> periods_s;
  for (const auto& one : found.plans) periods_s.push_back(one.score.period_s);
  const auto envelope = found.exhaustive ? std::vector<EnergyBound>() : bound_energies(cost, periods_s);
  for (std::size_t i = 0; i < found.plans.size(); ++i) {
    const double energy_j = found.plans[i].score.energy_j;
    found.plans[i].bound =
        found.exhaustive ? energy_j : std::min(energy_j, envelope[i].energy_j / static_cast<double>(cost.batch));
  }
}

void sort_by_devices(std::vector<ScoredPlan>& plans) {
  std::stable_sort(plans.begin(), plans.end(), [](const ScoredPlan& a, const ScoredPlan& b) {
    return a.code != b.code ? a.code < b.code : a.score.period_s < b.score.period_s;
  });
}

/// With links it matters which device a tensor comes from: the labels of `solve_trail` know. They are kept for each
/// vector of counts, and nothing that is known of the whole cluster prunes them.
SubclusterPlans solve_linked_subclusters(const CostTable& cost, const Lattice& lattice,
                                         const std::function<bool()>& give_up,
                                         const std::function<void(double)>& on_progress) {
  const std::vector<bool> cuts(lattice.size(), true);
  TrailTask task{.cost = cost, .lattice = lattice, .cuts = cuts};
  task.timed = false;
  task.by_devices = true;
  task.give_up = give_up;
  task.on_progress = on_progress;
  TrailResult result = solve_trail(task);
  const Counts counts(cost);
  SubclusterPlans found{{}, result.finished};
  for (Plan& plan : result.plans) {
    ScoredPlan scored;
    scored.plan = std::move(plan);
    scored.score = evaluate(cost, scored.plan);
    for (const Stage& stage : scored.plan.stages)
      scored.code = counts.take(scored.code, cost.modes[stage.mode].device_class, stage.replicas);
    for (const StageScore& stage : scored.score.stages) scored.dynamic_j += stage.dynamic_j + stage.transfer_j;
    found.plans.push_back(std::move(scored));
  }
  sort_by_devices(found.plans);
  return found;
}

}  // namespace

SubclusterRun run_subclusters(const CostTable& cost, Pace pace, const ExploreOptions& options,
                              const std::function<bool()>& give_up) {
  if (const double number = Counts::number_of(cost); number > kMaxSubclusters)
    throw UsageError(
        fmt::format("the cluster has {} sub-clusters, of which at most {} can be told apart; use fewer devices", number,
                    kMaxSubclusters));
  if (!runnable(cost)) return {{}, 0, true};
  const auto report = [&](const char* phase) {
    return [&options, phase](double fraction) {
      if (options.on_progress) options.on_progress({.phase = phase, .fraction = fraction});
    };
  };
  const auto solve = [&](const Lattice& lattice, const char* phase) {
    if (options.latency) return solve_upwards(cost, lattice, give_up, report(phase));
    return cost.links ? solve_linked_subclusters(cost, lattice, give_up, report(phase))
                      : solve_subclusters(cost, lattice, pace, give_up, report(phase));
  };
  const Lattice chain = Lattice::chain(cost);
  const bool trail = cost.links || options.latency;
  const std::size_t most_ideals = std::min(
      options.max_ideals,
      static_cast<std::size_t>(std::max(1.0, (trail ? kMaxTrailStates : kMaxStates) / Counts::number_of(cost))));
  const auto lattice = Lattice::up_to_twins(cost, most_ideals, give_up);
  SubclusterPlans of_chain;
  if (!lattice || lattice->size() > kWorthTwo * chain.size()) of_chain = solve(chain, "chain");
  if (!lattice) return {std::move(of_chain.plans), 0, false};
  SubclusterPlans of_all = solve(*lattice, "lattice");
  if (!of_all.finished) {
    std::move(of_all.plans.begin(), of_all.plans.end(), std::back_inserter(of_chain.plans));
    sort_by_devices(of_chain.plans);
    return {std::move(of_chain.plans), 0, false};
  }
  return {std::move(of_all.plans), lattice->size(), true};
}

Subclusters explore_subclusters(const CostTable& cost, const ExploreOptions& options) {
  const Stopwatch watch(options);
  SubclusterRun run =
      on_threads(options.threads, [&] { return run_subclusters(cost, Pace::own, options, watch.stopped()); });
  const Counts counts(cost);
  Subclusters found;
  found.ideals = run.ideals;
  found.exhaustive = run.exhaustive;
  const auto best = frontiers(cost, counts, run.plans, options.latency);
  std::vector<std::size_t> place(run.plans.size(), run.plans.size());  // in found.plans, of those on some frontier
  for (std::size_t code = 0; code < counts.size(); ++code) {
    Subcluster one{counts_of(cost, counts, code), {}};
    for (const Entry& entry : without_rounding_twins(best[code])) {
      if (place[entry.plan] == run.plans.size()) {
        place[entry.plan] = found.plans.size();
        ScoredPlan& plan = run.plans[entry.plan];
        found.plans.push_back({std::move(plan.plan), std::move(plan.score)});
      }
      one.plans.push_back(place[entry.plan]);
    }
    std::reverse(one.plans.begin(), one.plans.end());
    found.all.push_back(std::move(one));
  }
  bound_all(cost, found);
  found.complete = found.exhaustive || !watch.stopped()();
  found.elapsed_s = watch.elapsed_s();
  return found;
}

Frontier Subclusters::frontier(const Subcluster& one) const {
  Frontier frontier{{}, ideals, elapsed_s, complete, exhaustive};
  for (const std::size_t position : one.plans) {
    const PlanOfSome& made = plans[position];
    const double gap = made.score.energy_j > 0 ? (made.score.energy_j - made.bound) / made.score.energy_j : 0;
    frontier.points.push_back({.plan = made.plan,
                               .score = made.score,
                               .bound = made.bound,
                               .gap = gap,
                               .proven = exhaustive,
                               .any_bound = exhaustive ? 0 : made.bound,
                               .any_gap = exhaustive ? 1 : gap,
                               .solver = exhaustive ? "exact" : "chain"});
  }
  assign_weights(frontier.points);
  return frontier;
}

}  // namespace cleave
