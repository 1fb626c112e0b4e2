// Groups of points are searched side by side, in blocks; what they found is merged in order, so that the answer does
// not depend on who was faster.
#include "space/search_space.hpp"

#include "report/fingerprint.hpp"
#include "search/staircase.hpp"
#include "search/weights.hpp"
#include "space/ledger.hpp"
#include "space/table_order.hpp"

#include <cleave/error.hpp>
#include <cleave/subclusters.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <numeric>
#include <thread>

namespace cleave {
namespace {

using Clock = std::chrono::steady_clock;

/// A group that may be searched.
struct Task {
  std::size_t group = 0;
  const Network* network = nullptr;
  std::optional<Cluster> cluster = {};  ///< the group's largest
  CostTable cost = {};
  std::string reason = {};  ///< why it is not searched
  std::string better = {};  ///< the cluster of a group that is no worse in anything

  [[nodiscard]] bool settled() const { return !reason.empty(); }
};

/// Position in the group's plans, for staircases.
struct Entry {
  double period_s = 0;
  double energy_j = 0;
  std::size_t plan = 0;
};

/// Devices of each class of the group's largest cluster that a point has.
std::vector<int> counts_at(const DesignSpace& space, const Design& design, const Cluster& cluster) {
  std::vector<int> counts;
  for (const DeviceClass& device : cluster.classes) {
    int count = device.count;
    for (std::size_t i = 0; i < space.axes.size(); ++i)
      if (space.axes[i].name == device.name + ".count")
        count = static_cast<int>(std::stod(space.axes[i].values[design.at[i]]));
    counts.push_back(count);
  }
  return counts;
}

/// A plan for one of two clusters in the modes of the other, whose classes have the same names, one mode each.
Plan in_modes_of(const Plan& plan, const Cluster& from, const Cluster& to) {
  Plan result = plan;
  for (Stage& stage : result.stages) {
    const std::string& name = from.classes[ClassId(stage.mode.at())].name;
    for (const ClassId id : to.classes.ids())
      if (to.classes[id].name == name) stage.mode = ModeId(id.at());
  }
  return result;
}

class GroupSearch {
 public:
  GroupSearch(const DesignSpace& space, const DesignIndex& index, const SpaceOptions& options, const Network& network)
      : space_(space), index_(index), options_(options), network_(network) {}

  /// None when it was stopped.
  std::optional<GroupOutcome> run(const Task& task) {
    const auto points = index_.points_of(task.group);
    GroupOutcome outcome;
    outcome.frontiers.resize(points.size());
    bool finished = true;
    try {
      const bool shared = points.size() > 1 || options_.limits.devices > 0;
      finished = shared && !task.cost.links ? search_parts(task, points, outcome) : search_alone(points, outcome);
    } catch (const Error& error) {
      outcome.reason = error.what();
    }
    if (!finished) return std::nullopt;
    return outcome;
  }

 private:
  [[nodiscard]] ExploreOptions how() const { return {.threads = 1, .stop = options_.stop}; }

  [[nodiscard]] bool within(const Score& score) const {
    const SpaceLimits& limits = options_.limits;
    return score.power_w(network_.batch) <= limits.power_w && score.latency_s <= limits.latency_s &&
           (limits.devices == 0 || score.devices_used <= limits.devices);
  }

  /// All points at once: those of every vector of counts are parts of the largest cluster.
  bool search_parts(const Task& task, const std::vector<std::size_t>& points, GroupOutcome& outcome) {
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
    for (std::size_t p = 0; p < points.size(); ++p) {
      const auto counts = counts_at(space_, index_.design(points[p]), *task.cluster);
      Staircase<Entry> best;
      for (const Subcluster& part : found.all)
        if (belongs(part, counts))
          for (const std::size_t at : part.plans)
            if (const Score& score = found.plans[at].score; within(score))
              best.insert({score.period_s, score.energy_j, at});
      for (const Entry& entry : best.items()) outcome.frontiers[p].push_back(entry.plan);
    }
    if (found.plans.empty()) outcome.reason = "no plan is legal";
    return found.complete;
  }

  /// The point's own part of the cluster; with a limit on devices, all of its parts within that.
  [[nodiscard]] bool belongs(const Subcluster& part, const std::vector<int>& counts) const {
    const std::vector<int> have(part.counts.begin(), part.counts.end());
    if (options_.limits.devices == 0) return have == counts;
    return std::accumulate(have.begin(), have.end(), 0) <= options_.limits.devices &&
           std::equal(have.begin(), have.end(), counts.begin(), [](int a, int b) { return a <= b; });
  }

  /// Each point with a search of its own.
  bool search_alone(const std::vector<std::size_t>& points, GroupOutcome& outcome) {
    bool finished = true;
    for (std::size_t p = 0; p < points.size(); ++p) {
      const Cluster cluster = read_cluster(cluster_of(space_, index_.design(points[p])));
      const CostTable cost = make_cost_table(network_, cluster);
      const Frontier frontier = explore({.cost = cost, .limits = {.latency_s = options_.limits.latency_s}}, how());
      finished = finished && frontier.complete;
      for (auto point = frontier.points.rbegin(); point != frontier.points.rend(); ++point) {
        if (!within(point->score)) continue;
        outcome.frontiers[p].push_back(outcome.plans.size());
        outcome.plans.push_back(*point);
        outcome.plans.back().plan =
            in_modes_of(point->plan, cluster, read_cluster(largest_cluster_of(space_, index_.design(points[p]))));
      }
      if (frontier.points.empty()) outcome.reason = "no plan is legal";
    }
    return finished;
  }

  const DesignSpace& space_;
  const DesignIndex& index_;
  const SpaceOptions& options_;
  const Network& network_;
};

class SpaceSearch {
 public:
  SpaceSearch(const DesignSpace& space, const SpaceOptions& options)
      : space_(space), options_(options), index_(space), start_(Clock::now()) {
    check_axes(space);
    result_.points.resize(index_.points());
    best_.resize(space.models.size());
  }

  SpaceResult run() {
    if (!options_.ledger.empty())
      ledger_.emplace(options_.ledger, options_.search ? std::optional(options_.rank.number) : std::nullopt, identity(),
                      options_.resume);
    if (options_.rank.of > 1) pass(true);
    if (options_.rank.number == 0) {
      pass(false);
      result_.complete = groups_done_ == index_.groups();
      for (std::size_t model = 0; model < best_.size(); ++model) result_.frontiers.push_back(frontier_of(model));
      judge();
    }
    result_.merged = options_.rank.number == 0;
    result_.elapsed_s = elapsed_s();
    return std::move(result_);
  }

 private:
  /// A group that none before it was better than in everything.
  struct Elite {
    std::size_t model;
    CostTable cost;
    std::string name;
  };
  struct Best {
    double period_s = 0;  ///< per inference
    double energy_j = 0;
    std::size_t point = 0;
    FrontierPoint plan = {};
  };

  [[nodiscard]] double elapsed_s() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  [[nodiscard]] bool stopped() const { return options_.stop.stop_requested() || elapsed_s() > options_.time_limit_s; }

  const Network& network_of(std::size_t group) {
    const Design design = index_.design(index_.points_of(group).front());
    const std::int64_t batch = batch_of(space_, design);
    const auto key = std::pair(design.model, batch);
    if (const auto found = networks_.find(key); found != networks_.end()) return found->second;
    return networks_.emplace(key, read_network(space_.models[design.model], {.batch = batch})).first->second;
  }

  /// Through all groups, block by block. As one of several processes `sharing` searches those that are its own, and
  /// merges none.
  void pass(bool sharing) {
    constexpr std::size_t block = 64;
    elite_.clear();
    ordinal_ = 0;
    for (std::size_t group = 0; group < index_.groups() && !stopped(); group += block)
      pass_block(group, std::min(group + block, index_.groups()), sharing);
    if (ledger_) ledger_->flush();
  }

  void pass_block(std::size_t first, std::size_t last, bool sharing) {
    std::vector<Task> tasks(last - first);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      tasks[i].group = first + i;
      tasks[i].network = &network_of(first + i);
    }
    tbb::parallel_for(std::size_t{0}, tasks.size(), [&](std::size_t i) { price(tasks[i]); });
    if (options_.prune && options_.limits.power_w == kCannot) prune(tasks);
    std::erase_if(tasks, [&](const Task& task) { return task.settled() && sharing; });
    if (sharing)
      std::erase_if(tasks, [&](const Task&) { return ordinal_++ % options_.rank.of != options_.rank.number; });
    std::vector<std::optional<GroupOutcome>> outcomes(tasks.size());
    tbb::parallel_for(std::size_t{0}, tasks.size(),
                      [&](std::size_t i) { outcomes[i] = outcome_of(tasks[i], sharing); });
    for (std::size_t i = 0; i < tasks.size() && !sharing; ++i)
      if (outcomes[i]) merge(tasks[i], *outcomes[i]);
  }

  /// Known, awaited, or searched. None when it was stopped.
  std::optional<GroupOutcome> outcome_of(const Task& task, bool sharing) {
    if (task.settled())
      return GroupOutcome{std::vector<std::vector<std::size_t>>(index_.points_of(task.group).size()), {}, task.reason};
    if (ledger_) {
      const std::lock_guard lock(ledger_mutex_);
      if (const GroupOutcome* known = sharing ? ledger_->find(task.group) : awaited(task.group))
        return scored(*known, task);
    }
    if (stopped() || !options_.search) return std::nullopt;
    auto outcome = GroupSearch(space_, index_, options_, *task.network).run(task);
    if (outcome && ledger_) ledger_->add(task.group, *outcome);
    return outcome;
  }

  /// From the ledger; where others are at work, as long as they write anything.
  const GroupOutcome* awaited(std::size_t group) {
    if (const GroupOutcome* known = ledger_->find(group)) return known;
    if (options_.rank.of == 1 || !options_.search) return nullptr;
    constexpr auto patience = std::chrono::seconds(3);
    while (true) {
      if (ledger_->reload()) heard_ = Clock::now();
      const GroupOutcome* known = ledger_->find(group);
      if (known || stopped() || Clock::now() - heard_ > patience) return known;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  /// Scores are not in the ledger: they follow from the plans.
  static GroupOutcome scored(GroupOutcome outcome, const Task& task) {
    for (FrontierPoint& point : outcome.plans) point.score = evaluate(task.cost, point.plan);
    return outcome;
  }

  /// All that the outcome depends on.
  SweepIdentity identity() {
    SweepIdentity identity;
    for (std::size_t model = 0; model < space_.models.size(); ++model)
      identity.emplace_back(fmt::format("model {}", space_.models[model]),
                            fingerprint(read_network(space_.models[model], {.batch = space_.batch})));
    identity.emplace_back(fmt::format("cluster {}", space_.cluster), fingerprint(read_cluster(space_.cluster)));
    for (const Axis& axis : space_.axes)
      identity.emplace_back(fmt::format("axis {}", axis.name), fmt::format("{}", fmt::join(axis.values, ",")));
    const SpaceLimits& limits = options_.limits;
    identity.emplace_back("limits",
                          fmt::format("{} W, {} s, {} devices", limits.power_w, limits.latency_s, limits.devices));
    identity.emplace_back("full", options_.prune ? "no" : "yes");
    return identity;
  }

  /// Values that are good one by one may not be together: such a group is no design.
  void price(Task& task) const {
    const Design design = design_of(task);
    try {
      task.cluster = read_cluster(largest_cluster_of(space_, design));
      task.cost = make_cost_table(*task.network, *task.cluster);
    } catch (const Error& error) {
      task.reason = error.what();
    }
  }

  /// Finds, for each task, one that is no worse in anything, among them and the best of those before.
  void prune(std::vector<Task>& tasks) {
    std::vector<Task*> standing;
    for (Task& task : tasks) {
      if (!task.reason.empty()) continue;
      const std::size_t model = design_of(task).model;
      const auto better = std::find_if(elite_.begin(), elite_.end(), [&](const Elite& one) {
        return one.model == model && no_worse(one.cost, task.cost);
      });
      if (better != elite_.end()) {
        task.better = better->name;
        task.reason = fmt::format("in nothing better than {}", better->name);
        continue;
      }
      const std::string name = name_of_group(task);
      for (Task* other : standing)
        if (other->better.empty() && design_of(*other).model == model && no_worse(task.cost, other->cost))
          other->better = name, other->reason = fmt::format("in nothing better than {}", name);
      std::erase_if(elite_, [&](const Elite& one) { return one.model == model && no_worse(task.cost, one.cost); });
      elite_.push_back({model, task.cost, name});
      if (elite_.size() > kMostElite) elite_.erase(elite_.begin());
      standing.push_back(&task);
    }
  }

  [[nodiscard]] Design design_of(const Task& task) const { return index_.design(index_.points_of(task.group).front()); }
  [[nodiscard]] std::string name_of_group(const Task& task) const {
    const Design design = design_of(task);
    return fmt::format("{}, batch {}", largest_cluster_of(space_, design), batch_of(space_, design));
  }

  void merge(const Task& task, const GroupOutcome& outcome) {
    result_.searches += !task.settled();
    ++groups_done_;
    const auto batch = static_cast<double>(task.network->batch);
    const auto points = index_.points_of(task.group);
    for (std::size_t p = 0; p < points.size(); ++p) {
      const std::size_t number = points[p];
      PointOutcome& point = result_.points[number];
      point.state = !task.better.empty()           ? PointState::pruned
                    : outcome.frontiers[p].empty() ? PointState::infeasible
                                                   : PointState::dominated;
      if (outcome.frontiers[p].empty())
        point.reason = outcome.reason.empty() ? "no plan within the limits" : outcome.reason;
      for (const std::size_t at : outcome.frontiers[p]) {
        const Score& score = outcome.plans[at].score;
        point.frontier.push_back({score.period_s / batch, score.energy_j});
        auto& best = best_[index_.design(number).model];
        if (!best.dominates(score.period_s / batch * kSame, score.energy_j * kSame))
          best.insert({score.period_s / batch, score.energy_j, number, outcome.plans[at]});
      }
    }
    done_ += points.size();
    std::size_t frontier = 0;
    for (const auto& best : best_) frontier += best.items().size();
    if (options_.on_progress) options_.on_progress(done_, frontier);
  }

  [[nodiscard]] std::vector<SpacePlan> frontier_of(std::size_t model) const {
    const auto& items = best_[model].items();
    // Weights compare inferences, whatever their batches.
    std::vector<FrontierPoint> weighed;
    for (const Best& best : items) {
      weighed.push_back(best.plan);
      weighed.back().score.period_s = best.period_s;
    }
    assign_weights(weighed);
    std::vector<SpacePlan> plans;
    for (std::size_t i = items.size(); i-- > 0;) {
      const Design design = index_.design(items[i].point);
      plans.push_back({items[i].point, items[i].plan});
      plans.back().plan.weight = weighed[i].weight;
      // The point's own cluster lacks the classes of which it has no device.
      plans.back().plan.plan = in_modes_of(items[i].plan.plan, read_cluster(largest_cluster_of(space_, design)),
                                           read_cluster(cluster_of(space_, design)));
    }
    return plans;
  }

  /// A point is kept when the frontier has a plan of it.
  void judge() {
    for (const auto& frontier : result_.frontiers)
      for (const SpacePlan& plan : frontier) result_.points[plan.point].state = PointState::kept;
  }

  static constexpr double kSame = 1 + 1e-12;  ///< rounding does not make a better plan
  const DesignSpace& space_;
  const SpaceOptions& options_;
  DesignIndex index_;
  Clock::time_point start_;
  std::map<std::pair<std::size_t, std::int64_t>, Network> networks_;
  std::vector<Staircase<Best>> best_;  ///< by model
  SpaceResult result_;
  static constexpr std::size_t kMostElite = 256;
  std::vector<Elite> elite_;
  std::size_t done_ = 0;  ///< points
  std::size_t groups_done_ = 0;
  std::size_t ordinal_ = 0;  ///< of the groups that are searched, by which processes share them
  std::optional<Ledger> ledger_;
  std::mutex ledger_mutex_;
  Clock::time_point heard_ = Clock::now();  ///< when another process was last seen to write
};

}  // namespace

std::string_view name_of(PointState state) {
  switch (state) {
    case PointState::kept:
      return "kept";
    case PointState::dominated:
      return "dominated";
    case PointState::pruned:
      return "pruned";
    case PointState::infeasible:
      return "infeasible";
    case PointState::not_reached:
      return "not reached";
  }
  return "";
}

SpaceResult search_space(const DesignSpace& space, const SpaceOptions& options) {
  const int cores = tbb::info::default_concurrency();
  tbb::task_arena arena(options.threads > 0 ? std::min(options.threads, cores) : cores);
  return arena.execute([&] { return SpaceSearch(space, options).run(); });
}

}  // namespace cleave
