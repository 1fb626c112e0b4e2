// Joint placement: the states (devices taken by the first networks) keep their non-dominated (load, power); one
// network after the other is added. Exact: both numbers of a whole follow from those of its parts.
#include "search/joint.hpp"

#include "search/any_bounds/energy_bound.hpp"
#include "search/staircase.hpp"
#include "search/stopwatch.hpp"
#include "search/subclusters.hpp"

#include <cleave/error.hpp>
#include <cleave/joint.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// Loads that exceed 1 by rounding only are met.
constexpr double kMet = 1 + 1e-12;

/// A pick of the first networks on exactly some devices. In a staircase the load takes the place of the
/// period, the power that of the energy.
struct Partial {
  double period_s = 0;
  double energy_j = 0;
  std::size_t plan = 0;    ///< of the last network
  std::size_t code = 0;    ///< of that plan
  std::size_t before = 0;  ///< pick of the networks before it, on the other devices
};

using States = std::vector<Staircase<Partial>>;  ///< by code

States states_of(const Counts& counts, const std::vector<JointChoice>& choices, double max_load) {
  States states(counts.size());
  for (const JointChoice& choice : choices)
    if (choice.load <= max_load) states[choice.code].insert({choice.load, choice.power_w, choice.plan, choice.code, 0});
  return states;
}

/// Adds all useful pairs of one of `first` and one of `second`: for each load the best of either within it.
void merge_pair(const std::vector<Partial>& first, const std::vector<Partial>& second, Staircase<Partial>& into) {
  const auto within = [](const std::vector<Partial>& items, std::size_t& at, double load) {
    while (at + 1 < items.size() && items[at + 1].period_s <= load) ++at;
  };
  const auto next = [](const std::vector<Partial>& items, std::size_t at) {
    return at + 1 < items.size() ? items[at + 1].period_s : kCannot;
  };
  std::size_t a = 0;
  std::size_t b = 0;
  for (double load = std::max(first[0].period_s, second[0].period_s); load < kCannot;
       load = std::min(next(first, a), next(second, b))) {
    within(first, a, load);
    within(second, b, load);
    into.insert({load, first[a].energy_j + second[b].energy_j, second[b].plan, second[b].code, a});
  }
}

/// The codes of states that hold something.
std::vector<std::size_t> live(const States& states) {
  std::vector<std::size_t> codes;
  for (std::size_t code = 0; code < states.size(); ++code)
    if (!states[code].items().empty()) codes.push_back(code);
  return codes;
}

States merged(const CostTable& cost, const Counts& counts, const States& first, const States& second) {
  States both(counts.size());
  const auto disjoint = [&](std::size_t a, std::size_t b) {
    for (const ClassId device : cost.classes.ids())
      if (counts.used(b, device) > counts.free(a, device)) return false;
    return true;
  };
  const auto others = live(second);
  for (const std::size_t a : live(first))
    for (const std::size_t b : others)
      if (disjoint(a, b)) merge_pair(first[a].items(), second[b].items(), both[a + b]);
  return both;
}

void check_request(const std::vector<JointNetwork>& networks) {
  if (networks.empty()) throw UsageError("no network to place");
  for (const JointNetwork& network : networks) {
    if (network.cost.links && !network.cost.links->shared.empty())
      throw UsageError(
          "networks side by side would take turns on the links that devices share, which is not searched; leave out "
          "\"shared_links\" or place the networks one by one");
    if (!(network.rate_per_s > 0 && std::isfinite(network.rate_per_s)))
      throw UsageError(fmt::format("a rate of {} per second; give one above 0", network.rate_per_s));
    if (network.cost.classes.size() != networks[0].cost.classes.size())
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
                     run.plans[i].dynamic_j * batches_per_s + idle_w, i});
    }
    return all;
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
  std::vector<States> after{states_of(counts, networks[0], max_load)};  // [networks placed - 1]
  for (std::size_t i = 1; i < networks.size(); ++i)
    after.push_back(merged(cost, counts, after.back(), states_of(counts, networks[i], max_load)));
  struct Whole {
    double period_s;
    double energy_j;
    std::size_t code;
    std::size_t pick;
  };
  Staircase<Whole> best;
  for (std::size_t code = 0; code < counts.size(); ++code) {
    const auto& picks = after.back()[code].items();
    for (std::size_t i = 0; i < picks.size(); ++i) best.insert({picks[i].period_s, picks[i].energy_j, code, i});
  }
  std::vector<JointPick> result;
  for (const Whole& whole : without_rounding_twins(best)) {
    JointPick pick{whole.period_s, whole.energy_j, std::vector<std::size_t>(networks.size())};
    std::size_t code = whole.code;
    std::size_t at = whole.pick;
    for (std::size_t i = networks.size(); i-- > 0;) {
      const Partial& partial = after[i][code].items()[at];
      pick.plans[i] = partial.plan;
      code -= partial.code;
      at = partial.before;
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
    members.push_back(
        {network, in_arena(options, [&] { return run_subclusters(network.cost, how, watch.stopped()); })});
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
