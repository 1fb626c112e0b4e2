// Joint placement: the states (devices taken by the first networks) keep their non-dominated (load, power, time on
// each shared link); one network after the other is added. Exact: all numbers of a whole follow from those of its
// parts.
#include "search/joint.hpp"

#include "base/parallel.hpp"
#include "search/any_bounds/energy_bound.hpp"
#include "search/shared_links.hpp"
#include "search/stage_cost.hpp"
#include "search/staircase.hpp"
#include "search/stopwatch.hpp"
#include "search/subclusters.hpp"
#include "search/trail_labels.hpp"

#include <cleave/error.hpp>
#include <cleave/joint.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// Loads that exceed 1 by rounding only are met.
constexpr double kMet = 1 + 1e-12;

/// Picks of the first networks on exactly some devices, by code. In these labels the load takes the place of the
/// period, the power that of the energy, and what is taken of shared links that of the clocks; `lower` is the choice
/// for the last network, `parent` the pick of the networks before it.
using States = std::vector<TrailLabels>;

/// Adds a pick, unless it needs more than there is. A list without room for shared links, behind which no network is to
/// come, has them count in the load.
void add(TrailLabel pick, const std::vector<double>& link_loads, double max_load, TrailLabels& into) {
  double most = pick.period_s;
  for (const double load : link_loads) most = std::max(most, load);
  if (most > max_load) return;
  if (into.clock_count() == 0) pick.period_s = most;
  into.add(pick, link_loads.data(), nullptr);
}

States states_of(const Counts& counts, const std::vector<JointChoice>& choices, std::size_t links, double max_load) {
  States states(counts.size(), TrailLabels(links, 0));
  for (std::uint32_t i = 0; i < choices.size(); ++i) {
    const JointChoice& choice = choices[i];
    add({.period_s = choice.load, .energy_j = choice.power_w, .lower = i}, choice.link_loads, max_load,
        states[choice.code]);
  }
  for (TrailLabels& state : states) state.keep_undominated();
  return states;
}

/// Adds all useful pairs of one of `first` and one of `second`: of either what nothing covers at the pair's load.
void merge_pair(const TrailLabels& first, const TrailLabels& second, double max_load, TrailLabels& into) {
  std::vector<std::uint32_t> open_first;
  std::vector<std::uint32_t> open_second;
  std::vector<double> link_loads(first.clock_count());
  const auto add_pair = [&](double load, std::uint32_t a, std::uint32_t b) {
    for (std::size_t k = 0; k < link_loads.size(); ++k) link_loads[k] = first.clocks(a)[k] + second.clocks(b)[k];
    add({.period_s = load, .energy_j = first[a].energy_j + second[b].energy_j, .lower = second[b].lower, .parent = a},
        link_loads, max_load, into);
  };
  const auto close = [](std::vector<std::uint32_t>& open, const TrailLabels& picks, double load) {
    std::erase_if(open, [&](std::uint32_t pick) { return picks[pick].covered_from_s <= load; });
  };
  for (std::uint32_t a = 0, b = 0; a < first.size() || b < second.size();) {
    const bool next_is_first = b == second.size() || (a < first.size() && first[a].period_s <= second[b].period_s);
    const double load = next_is_first ? first[a].period_s : second[b].period_s;
    close(open_first, first, load);
    close(open_second, second, load);
    if (next_is_first) {
      for (const std::uint32_t other : open_second) add_pair(load, a, other);
      open_first.push_back(a++);
    } else {
      for (const std::uint32_t other : open_first) add_pair(load, other, b);
      open_second.push_back(b++);
    }
  }
}

/// Everything on exactly the devices of `code`, some of them for `first`, the others for `second`.
TrailLabels merged(const CostTable& cost, const Counts& counts, std::size_t code, const States& first,
                   const States& second, std::size_t links, double max_load) {
  TrailLabels both(links, 0);
  const auto within = [&](std::size_t part) {
    for (const ClassId device : cost.classes.ids())
      if (counts.used(part, device) > counts.used(code, device)) return false;
    return true;
  };
  std::size_t crowd = 1024;
  for (std::size_t part = 0; part <= code; ++part) {
    if (first[part].empty() || second[code - part].empty() || !within(part)) continue;
    merge_pair(first[part], second[code - part], max_load, both);
    if (both.size() < crowd) continue;
    both.keep_undominated();
    crowd = std::max<std::size_t>(1024, 2 * both.size());
  }
  both.keep_undominated();
  return both;
}

/// Of all links that devices share.
std::size_t link_directions(const CostTable& cost) {
  return 2 * (cost.links ? cost.links->shared.size() : cost.idle_links);
}

void check_request(const std::vector<JointNetwork>& networks) {
  if (networks.empty()) throw UsageError("no network to place");
  for (const JointNetwork& network : networks) {
    if (!(network.rate_per_s > 0 && std::isfinite(network.rate_per_s)))
      throw UsageError(fmt::format("a rate of {} per second; give one above 0", network.rate_per_s));
    if (network.cost.classes.size() != networks[0].cost.classes.size() ||
        link_directions(network.cost) != link_directions(networks[0].cost))
      throw UsageError("the networks are priced on different clusters; price them on one");
    for (const ClassId device : network.cost.classes.ids())
      if (network.cost.classes[device].count != networks[0].cost.classes[device].count)
        throw UsageError("the networks are priced on clusters of different size; price them on one");
  }
}

/// What the checks of a part need to know of a plan.
struct ScoredPoint {
  double period_s = 0;
  double energy_j = 0;
};

/// One network with all its plans.
struct Member {
  const JointNetwork& network;
  SubclusterRun run;
  Staircase<ScoredPoint> alone = {};  ///< frontier on the whole cluster

  [[nodiscard]] std::vector<JointChoice> choices() const {
    std::vector<JointChoice> all;
    const double batches_per_s = network.rate_per_s / static_cast<double>(network.cost.batch);
    for (std::size_t i = 0; i < run.plans.size(); ++i) {
      double idle_w = 0;
      for (const StageScore& stage : run.plans[i].score.stages) idle_w += stage.idle_w;
      all.push_back({run.plans[i].code, run.plans[i].score.period_s * batches_per_s,
                     run.plans[i].dynamic_j * batches_per_s + idle_w, link_loads(run.plans[i].plan, batches_per_s), i});
    }
    return all;
  }

  [[nodiscard]] std::vector<double> link_loads(const Plan& plan, double batches_per_s) const {
    std::vector<double> loads;
    for (const SharedUse& use : shared_uses(network.cost, plan, homes(network.cost, plan)))
      for (const double seconds : {use.in_s, use.out_s}) loads.push_back(seconds * batches_per_s);
    return loads;
  }

  /// The plans `indices` of it, each judged as the only one on the cluster.
  [[nodiscard]] std::vector<FrontierPoint> points(const std::vector<std::size_t>& indices) const {
    std::vector<double> periods_s;
    for (const std::size_t index : indices) periods_s.push_back(run.plans[index].score.period_s);
    const auto bounds = bound_energies(network.cost, periods_s);
    std::vector<FrontierPoint> all;
    for (std::size_t i = 0; i < indices.size(); ++i)
      all.push_back(point(indices[i], bounds[i].energy_j / static_cast<double>(network.cost.batch)));
    return all;
  }

  /// `bound_j`: no plan at all that is as fast takes less energy per inference.
  [[nodiscard]] FrontierPoint point(std::size_t index, double bound_j) const {
    const Score& score = run.plans[index].score;
    const double any_j = std::min(score.energy_j, bound_j);
    const double least_j = run.exhaustive ? alone.least_energy_until(score.period_s) : any_j;
    const bool proven = run.exhaustive && score.energy_j <= least_j * kMet;
    const double bound = proven ? score.energy_j : std::min(score.energy_j, least_j);
    const auto gap = [&](double under_j) {
      return score.energy_j > 0 ? (score.energy_j - under_j) / score.energy_j : 0;
    };
    return {.plan = run.plans[index].plan,
            .score = score,
            .bound = bound,
            .gap = gap(bound),
            .proven = proven,
            .any_bound = any_j,
            .any_gap = gap(any_j),
            .solver = proven ? "exact" : "joint"};
  }
};

}  // namespace

std::vector<JointPick> merge_choices(const CostTable& cost, const std::vector<std::vector<JointChoice>>& networks,
                                     double max_load) {
  const Counts counts(cost);
  const std::size_t last = networks.size() - 1;
  const auto links_after = [&](std::size_t i) { return i < last ? link_directions(cost) : 0; };
  std::vector<States> after{states_of(counts, networks[0], links_after(0), max_load)};  // [networks placed - 1]
  for (std::size_t i = 1; i < networks.size(); ++i) {
    const States own = states_of(counts, networks[i], link_directions(cost), max_load);
    States both;
    for (std::size_t code = 0; code < counts.size(); ++code)
      both.push_back(merged(cost, counts, code, after.back(), own, links_after(i), max_load));
    after.push_back(std::move(both));
  }
  struct Whole {
    double period_s;
    double energy_j;
    std::size_t code;
    std::size_t pick;
  };
  Staircase<Whole> best;
  for (std::size_t code = 0; code < counts.size(); ++code) {
    const TrailLabels& picks = after.back()[code];
    for (std::size_t i = 0; i < picks.size(); ++i) best.insert({picks[i].period_s, picks[i].energy_j, code, i});
  }
  std::vector<JointPick> result;
  for (const Whole& whole : without_rounding_twins(best)) {
    JointPick pick{whole.period_s, whole.energy_j, std::vector<std::size_t>(networks.size())};
    std::size_t code = whole.code;
    std::size_t at = whole.pick;
    for (std::size_t i = networks.size(); i-- > 0;) {
      const TrailLabel& partial = after[i][code][at];
      const JointChoice& choice = networks[i][partial.lower];
      pick.plans[i] = choice.plan;
      code -= choice.code;
      at = partial.parent;
    }
    result.push_back(std::move(pick));
  }
  return result;
}

JointFrontier place_jointly(const std::vector<JointNetwork>& networks, const ExploreOptions& options) {
  check_request(networks);
  const Stopwatch watch(options);
  ExploreOptions how = options;
  how.latency = false;  // no objective here
  JointFrontier frontier;
  frontier.exhaustive = true;
  std::vector<Member> members;
  std::vector<std::vector<JointChoice>> choices;
  for (const JointNetwork& network : networks) {
    members.push_back({network, on_threads(options.threads, [&] {
                         return run_subclusters(network.cost, Pace::any, how, watch.stopped());
                       })});
    Member& member = members.back();
    for (const ScoredPlan& plan : member.run.plans) member.alone.insert({plan.score.period_s, plan.score.energy_j});
    choices.push_back(member.choices());
    frontier.runs.push_back(!member.run.plans.empty());
    frontier.exhaustive = frontier.exhaustive && member.run.exhaustive;
  }
  const CostTable& cost = networks[0].cost;
  const auto picks = merge_choices(cost, choices, kMet);
  for (auto pick = picks.rbegin(); pick != picks.rend(); ++pick)
    frontier.points.push_back({{}, 1 / pick->load, pick->power_w});
  for (std::size_t i = 0; i < members.size() && !picks.empty(); ++i) {
    std::vector<std::size_t> plans;
    for (auto pick = picks.rbegin(); pick != picks.rend(); ++pick) plans.push_back(pick->plans[i]);
    const auto parts = members[i].points(plans);
    for (std::size_t p = 0; p < parts.size(); ++p) frontier.points[p].parts.push_back(parts[p]);
  }
  // Only who cannot have what was asked wants to know how much there is.
  const auto reachable = picks.empty() ? merge_choices(cost, choices, kCannot) : picks;
  if (!reachable.empty()) frontier.best_headroom = 1 / reachable.front().load;
  frontier.complete = frontier.exhaustive || !watch.stopped()();
  frontier.elapsed_s = watch.elapsed_s();
  return frontier;
}

}  // namespace cleave
