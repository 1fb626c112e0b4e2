#include "space/group_search.hpp"

#include "base/parallel.hpp"
#include "base/text.hpp"
#include "search/legal.hpp"
#include "search/parts.hpp"
#include "search/stopwatch.hpp"
#include "search/subclusters.hpp"
#include "search/surface.hpp"
#include "space/group_parts.hpp"
#include "space/totals.hpp"

#include <cleave/error.hpp>
#include <cleave/subclusters.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>

namespace cleave {
namespace {

/// Position in the group's plans, for surfaces.
struct Entry {
  double period_s = 0;
  double energy_j = 0;
  double latency_s = 0;  ///< 0 where it is no objective
  std::size_t plan = 0;
};

std::vector<std::size_t> without_plans(const GroupOutcome& outcome) {
  std::vector<std::size_t> points;
  for (std::size_t p = 0; p < outcome.frontiers.size(); ++p)
    if (outcome.frontiers[p].empty()) points.push_back(p);
  return points;
}

class GroupSearch {
 public:
  GroupSearch(const DesignSpace& space, const DesignIndex& index, const SpaceOptions& options, const Network& network)
      : space_(space), index_(index), options_(options), network_(network) {}

  GroupOutcome run(const GroupTask& task, const std::vector<Known>& known) {
    const auto points = index_.points_of(task.group);
    GroupOutcome outcome;
    outcome.frontiers.resize(points.size());
    try {
      const bool shared = points.size() > 1 || options_.limits.devices > 0;
      if (options_.frontier_only && (!task.cost.links || options_.objectives.latency))
        outcome.finished = search_whole(task, points, known, outcome);
      else if (options_.objectives.latency)
        outcome.finished = search_upwards(task, points, outcome);
      else if (shared && options_.limits.devices == 0 && !task.cost.links)
        outcome.finished = search_together(task, points, outcome);
      else
        outcome.finished =
            shared && !task.cost.links ? search_parts(task, points, outcome) : search_each(task, points, outcome);
      if (!outcome.finished) fall_back(task, points, outcome);
    } catch (const Error& error) {
      outcome.reason = error.what();
      outcome.infeasible = without_plans(outcome);
    }
    return outcome;
  }

 private:
  /// What a search of a part of the cluster found.
  struct PlansOfPart {
    std::vector<std::size_t> plans;  ///< positions in the outcome
    bool finished = true;
  };

  [[nodiscard]] ExploreOptions how() const {
    return {.latency = options_.objectives.latency, .threads = 1, .stop = options_.stop};
  }

  /// All points at once: those of every vector of counts are parts of the largest cluster.
  bool search_parts(const GroupTask& task, const std::vector<std::size_t>& points, GroupOutcome& outcome) {
    const Subclusters found = explore_subclusters(task.cost, how());
    for (const auto& plan : found.plans) {
      const double gap = plan.score.energy_j > 0 ? (plan.score.energy_j - plan.bound) / plan.score.energy_j : 0;
      outcome.plans.push_back({.plan = plan.plan,
                               .score = plan.score,
                               .bound = plan.bound,
                               .gap = found.exhaustive ? 0 : gap,
                               .proven = found.exhaustive,
                               .any_gap = 1,  // not looked for
                               .solver = found.exhaustive ? "exact" : "lattice"});
    }
    bool finished = found.complete;
    for (std::size_t p = 0; p < points.size(); ++p) {
      const auto counts = counts_at(space_, index_.design(points[p]), *task.cluster);
      Surface<Entry> best;
      for (const Subcluster& part : found.all)
        if (belongs(part, counts))
          for (const std::size_t at : part.plans) best.insert(entry_of(found.plans[at].score, at));
      finished = settle(task, counts, best, outcome, p) && finished;
    }
    if (found.plans.empty()) outcome.reason = why_no_plan(options_.limits);
    outcome.infeasible = without_plans(outcome);
    return finished;
  }

  /// All points at once, each pruned by what is known of it.
  bool search_together(const GroupTask& task, const std::vector<std::size_t>& points, GroupOutcome& outcome) {
    std::vector<std::vector<int>> counts;
    for (const std::size_t point : points) counts.push_back(counts_at(space_, index_.design(point), *task.cluster));
    const ExploreOptions options = how();
    const Stopwatch watch(options);
    auto found = on_threads(options.threads, [&] { return solve_parts(task.cost, counts, options, watch.stopped()); });
    if (!found) return search_parts(task, points, outcome);
    for (const PartsPlans::One& one : found->plans)
      outcome.plans.push_back({.plan = one.plan,
                               .score = one.score,
                               .bound = found->finished ? one.score.energy_j : 0,
                               .gap = found->finished ? 0.0 : 1.0,
                               .proven = found->finished,
                               .any_gap = 1,  // not looked for
                               .solver = found->finished ? "exact" : "lattice"});
    bool finished = found->finished;
    for (std::size_t p = 0; p < points.size(); ++p) {
      Surface<Entry> best;
      for (std::size_t at = 0; at < found->plans.size(); ++at)
        if (part_of(found->plans[at].used, counts[p])) best.insert(entry_of(found->plans[at].score, at));
      finished = (may_take_no_time(task.cost, counts[p]) ? search_alone(task, counts[p], outcome, p)
                                                         : settle(task, counts[p], best, outcome, p)) &&
                 finished;
    }
    if (found->plans.empty()) outcome.reason = why_no_plan(options_.limits);
    outcome.infeasible = without_plans(outcome);
    return finished;
  }

  /// The frontier of the position `p` without limits is `all`. Where a plan takes too long, one that it dominates may
  /// not. False when stopped before that was looked for.
  bool settle(const GroupTask& task, const std::vector<int>& counts, const Surface<Entry>& all, GroupOutcome& outcome,
              std::size_t p) {
    const std::vector<Entry> best = without_rounding_twins(all);
    const bool too_long = std::any_of(best.begin(), best.end(), [&](const Entry& entry) {
      return outcome.plans[entry.plan].score.latency_s > options_.limits.latency_s;
    });
    if (too_long && !options_.stop.stop_requested()) return search_alone(task, counts, outcome, p);
    keep(best, outcome, p);
    return !too_long;
  }

  /// What the largest cluster can do beyond what is known: its plans are those of all points.
  bool search_whole(const GroupTask& task, const std::vector<std::size_t>& points, const std::vector<Known>& known,
                    GroupOutcome& outcome) {
    Beyond found = search_beyond(task.cost, {.known = known}, how());
    outcome.plans = std::move(found.points);
    std::vector<std::vector<int>> counts;
    for (const std::size_t point : points) counts.push_back(counts_at(space_, index_.design(point), *task.cluster));
    for (std::size_t at = 0; at < outcome.plans.size(); ++at) {
      const auto used = devices_of(task.cost, outcome.plans[at].plan);
      const auto first =
          std::find_if(counts.begin(), counts.end(), [&](const auto& have) { return part_of(used, have); });
      outcome.frontiers[static_cast<std::size_t>(first - counts.begin())].push_back(at);
    }
    bool finished = found.complete;
    for (std::size_t p = 0; p < points.size() && finished; ++p) {
      if (has_plan(task.cost, counts[p], outcome)) continue;
      const Frontier alone = explore_alone(points[p]);
      finished = alone.complete;
      if (alone.points.empty()) outcome.infeasible.push_back(p);
    }
    return finished;
  }

  /// With latency as an objective. Plans on fewer devices are plans of more: what is found for the points and parts
  /// with few devices is known to those with more, which are searched for what goes beyond it.
  bool search_upwards(const GroupTask& task, const std::vector<std::size_t>& points, GroupOutcome& outcome) {
    std::vector<std::vector<int>> counts;
    std::set<std::pair<int, std::vector<int>>> parts;  // by the number of devices
    for (const std::size_t point : points) {
      counts.push_back(counts_at(space_, index_.design(point), *task.cluster));
      for (std::vector<int>& part : parts_of(counts.back(), options_.limits.devices)) {
        const int devices = std::accumulate(part.begin(), part.end(), 0);
        parts.emplace(devices, std::move(part));
      }
    }
    std::vector<std::vector<int>> used;  // by plan
    bool finished = true;
    for (auto part = parts.begin(); part != parts.end() && finished; ++part) {
      finished = search_part(task, part->second, used, outcome);
      while (used.size() < outcome.plans.size()) used.push_back(devices_of(task.cost, outcome.plans[used.size()].plan));
    }
    for (std::size_t p = 0; p < points.size(); ++p) {
      Surface<Entry> best;
      for (std::size_t at = 0; at < used.size(); ++at)
        if (part_of(used[at], counts[p])) best.insert(entry_of(outcome.plans[at].score, at));
      keep(without_rounding_twins(best), outcome, p);
      if (!finished) doubt(outcome, p);
    }
    if (outcome.plans.empty()) outcome.reason = why_no_plan(options_.limits);
    outcome.infeasible = without_plans(outcome);
    return finished;
  }

  /// Appends what `part` of the cluster can do beyond the plans of its own parts.
  bool search_part(const GroupTask& task, const std::vector<int>& part, const std::vector<std::vector<int>>& used,
                   GroupOutcome& outcome) const {
    const Cluster cluster = cluster_of_part(task, part);
    if (cluster.classes.empty()) return true;
    const auto batch = static_cast<double>(network_.batch);
    BeyondQuestion question{.margin = 0, .limits = {.latency_s = options_.limits.latency_s}};
    for (std::size_t at = 0; at < outcome.plans.size(); ++at) {
      const Score& score = outcome.plans[at].score;
      if (part_of(used[at], part)) question.known.push_back({score.period_s / batch, score.energy_j, score.latency_s});
    }
    const Beyond found = search_beyond(make_cost_table(network_, cluster), question, how());
    for (const FrontierPoint& point : found.points) {
      outcome.plans.push_back(point);
      outcome.plans.back().plan = in_modes_of(point.plan, cluster, *task.cluster);
    }
    return found.complete;
  }

  [[nodiscard]] static Cluster cluster_of_part(const GroupTask& task, const std::vector<int>& part) {
    Cluster cluster = *task.cluster;
    for (const ClassId id : task.cluster->classes.ids())
      apply_change(cluster, {task.cluster->classes[id].name + ".count", std::to_string(part[id.at()])});
    return cluster;
  }

  /// As far as that is known without a search.
  [[nodiscard]] static bool has_plan(const CostTable& cost, const std::vector<int>& counts,
                                     const GroupOutcome& outcome) {
    for (const ModeId mode : cost.modes.ids())
      if (counts[cost.modes[mode].device_class.at()] > 0 && feasible(cost, on_one_device(cost, mode))) return true;
    return std::any_of(outcome.plans.begin(), outcome.plans.end(),
                       [&](const FrontierPoint& point) { return part_of(devices_of(cost, point.plan), counts); });
  }

  [[nodiscard]] Frontier explore_alone(std::size_t point) const {
    const CostTable cost = make_cost_table(network_, read_cluster(cluster_of(space_, index_.design(point))));
    ExploreOptions options = how();
    options.solver = Solver::exact;
    options.latency = false;
    return explore({.cost = cost}, options);
  }

  /// The point's own part of the cluster; with a limit on devices, all of its parts within that.
  [[nodiscard]] bool belongs(const Subcluster& part, const std::vector<int>& counts) const {
    const std::vector<int> have(part.counts.begin(), part.counts.end());
    if (options_.limits.devices == 0) return have == counts;
    return std::accumulate(have.begin(), have.end(), 0) <= options_.limits.devices && part_of(have, counts);
  }

  /// Each point with a search of its own.
  bool search_each(const GroupTask& task, const std::vector<std::size_t>& points, GroupOutcome& outcome) {
    bool finished = true;
    for (std::size_t p = 0; p < points.size() && finished; ++p)
      finished = search_alone(task, counts_at(space_, index_.design(points[p]), *task.cluster), outcome, p);
    if (outcome.plans.empty()) outcome.reason = why_no_plan(options_.limits);
    outcome.infeasible = without_plans(outcome);
    return finished;
  }

  /// A point by itself, within the limits on latency and devices. Any plan on so many devices is one of a part of the
  /// cluster that has as many as are allowed.
  bool search_alone(const GroupTask& task, const std::vector<int>& counts, GroupOutcome& outcome, std::size_t p) {
    const std::vector<std::vector<int>> parts = parts_of(counts, options_.limits.devices);
    Surface<Entry> best;
    bool finished = true;
    for (auto part = parts.begin(); part != parts.end() && finished; ++part) {
      const PlansOfPart& found = plans_of_part(task, *part, outcome);
      for (const std::size_t at : found.plans) best.insert(entry_of(outcome.plans[at].score, at));
      finished = found.finished;
    }
    keep(without_rounding_twins(best), outcome, p);
    if (!finished && parts.size() > 1) doubt(outcome, p);
    return finished;
  }

  /// Points with a limit on devices share parts.
  const PlansOfPart& plans_of_part(const GroupTask& task, const std::vector<int>& part, GroupOutcome& outcome) {
    const auto [found, added] = parts_.try_emplace(part);
    if (!added) return found->second;
    const Cluster cluster = cluster_of_part(task, part);
    if (cluster.classes.empty()) return found->second;
    const CostTable cost = make_cost_table(network_, cluster);
    ExploreOptions options = how();
    options.solver = Solver::exact;
    const Frontier frontier = explore({.cost = cost, .limits = {.latency_s = options_.limits.latency_s}}, options);
    found->second.finished = frontier.complete;
    for (const FrontierPoint& point : frontier.points) {
      found->second.plans.push_back(outcome.plans.size());
      outcome.plans.push_back(point);
      outcome.plans.back().plan = in_modes_of(point.plan, cluster, *task.cluster);
    }
    return found->second;
  }

  /// What was proven of parts of the position `p` is not proven of all of it.
  static void doubt(GroupOutcome& outcome, std::size_t p) {
    for (std::size_t& at : outcome.frontiers[p]) {
      FrontierPoint doubted = outcome.plans[at];
      doubted.bound = 0;
      doubted.gap = 1;
      doubted.proven = false;
      doubted.any_bound = 0;
      doubted.any_gap = 1;
      if (doubted.solver == "exact") doubted.solver = "lattice";
      at = outcome.plans.size();
      outcome.plans.push_back(std::move(doubted));
    }
  }

  /// After a stop nothing is known of points without plans but what needs no search, here of the largest cluster: there
  /// may be very many points.
  void fall_back(const GroupTask& task, const std::vector<std::size_t>& points, GroupOutcome& outcome) const {
    const std::size_t first = outcome.plans.size();
    std::vector<std::vector<int>> used;
    for (Plan& plan : plans_without_search(task.cost)) {
      Score score = evaluate(task.cost, plan);
      if (!is_within_limits(score)) continue;
      used.push_back(devices_of(task.cost, plan));
      outcome.plans.push_back(
          {.plan = std::move(plan), .score = std::move(score), .gap = 1, .any_gap = 1, .solver = "baseline"});
    }
    for (const std::size_t p : without_plans(outcome)) {
      const std::vector<int> counts = counts_at(space_, index_.design(points[p]), *task.cluster);
      Surface<Entry> best;
      for (std::size_t i = 0; i < used.size(); ++i)
        if (part_of(used[i], counts)) best.insert(entry_of(outcome.plans[first + i].score, first + i));
      keep(without_rounding_twins(best), outcome, p);
    }
    outcome.infeasible.clear();
  }

  /// Whose power is not a number, as it takes neither time nor energy, is: who writes plans refuses it and says why.
  [[nodiscard]] bool is_within_limits(const Score& score) const {
    const SpaceLimits& limits = options_.limits;
    return !(score.power_w(network_.batch) > limits.power_w) && score.latency_s <= limits.latency_s &&
           (limits.devices == 0 || score.devices_used <= limits.devices);
  }

  /// The frontier of the position `p`, without what exceeds limits: slower plans that it dominates, and might draw
  /// less, are not looked for.
  void keep(const std::vector<Entry>& best, GroupOutcome& outcome, std::size_t p) const {
    for (const Entry& entry : best)
      if (is_within_limits(outcome.plans[entry.plan].score)) outcome.frontiers[p].push_back(entry.plan);
  }

  [[nodiscard]] Entry entry_of(const Score& score, std::size_t plan) const {
    return {score.period_s, score.energy_j, options_.objectives.latency_s(score.latency_s), plan};
  }

  const DesignSpace& space_;
  const DesignIndex& index_;
  const SpaceOptions& options_;
  const Network& network_;
  std::map<std::vector<int>, PlansOfPart> parts_;  ///< by devices of each class
};

}  // namespace

std::string why_no_plan(const SpaceLimits& limits) {
  std::vector<std::string> kept;
  if (limits.power_w < kCannot) kept.push_back(fmt::format("draws at most {}", si(limits.power_w, "W")));
  if (limits.latency_s < kCannot) kept.push_back(fmt::format("takes at most {}", si(limits.latency_s, "s")));
  if (limits.devices > 0)
    kept.push_back(fmt::format("uses at most {} device{}", limits.devices, limits.devices == 1 ? "" : "s"));
  return kept.empty() ? "no plan is legal" : fmt::format("no legal plan {}", fmt::join(kept, " and "));
}

Plan in_modes_of(const Plan& plan, const Cluster& from, const Cluster& to) {
  Plan result = plan;
  for (Stage& stage : result.stages) {
    const std::string& name = from.classes[ClassId(stage.mode.at())].name;
    for (const ClassId id : to.classes.ids())
      if (to.classes[id].name == name) stage.mode = ModeId(id.at());
  }
  return result;
}

GroupOutcome search_group(const DesignSpace& space, const DesignIndex& index, const SpaceOptions& options,
                          const GroupTask& task, const std::vector<Known>& known) {
  return GroupSearch(space, index, options, *task.network).run(task, known);
}

}  // namespace cleave
