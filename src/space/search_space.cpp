// Groups of points are searched side by side, in blocks; what they found is merged in order, so that the answer does
// not depend on who was faster.
#include "space/search_space.hpp"

#include "search/surface.hpp"
#include "space/group_search.hpp"
#include "space/ledger.hpp"
#include "space/model_frontier.hpp"
#include "space/nsga2.hpp"
#include "space/ranks.hpp"
#include "space/sweep_identity.hpp"
#include "space/table_order.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>

namespace cleave {
namespace {

using Clock = std::chrono::steady_clock;

/// Once may be chance, twice, and the last time alone, is not.
constexpr int kEnds = 2;

/// Does it name each operator once, and no mode that is none? Anyone can change a file.
bool is_partition(const CostTable& cost, const Plan& plan) {
  std::vector<bool> named(cost.inputs.size(), false);
  for (const Stage& stage : plan.stages) {
    if (stage.mode.at() >= cost.modes.size()) return false;
    for (const OpId op : stage.operators) {
      if (op.at() >= named.size() || named[op.at()]) return false;
      named[op.at()] = true;
    }
  }
  return std::all_of(named.begin(), named.end(), [](bool one) { return one; });
}

class SpaceSearch {
 public:
  SpaceSearch(const DesignSpace& space, const SpaceOptions& options)
      : space_(space),
        options_(options),
        index_(space),
        start_(Clock::now()),
        sources_(std::make_shared<Sources>(space)),
        tasks_(space, index_, options, *sources_) {
    result_.points.resize(index_.points());
    best_.resize(space.models.size(), ModelFrontier(options.objectives));
    known_.resize(space.models.size());
  }

  SpaceResult run() {
    if (!options_.ledger.empty()) {
      SweepIdentity identity = identity_of(space_, options_, *sources_);
      result_.pricing_s = elapsed_s();
      ledger_.emplace(options_.ledger, options_.search ? std::optional(options_.rank.number) : std::nullopt,
                      std::move(identity), options_.resume);
    }
    const bool evolving = options_.method == SpaceMethod::nsga2;
    if (evolving && options_.rank.of > 1)
      throw UsageError("--method nsga2 takes one generation after the other, in one process; use threads, not ranks");
    if (options_.rank.of > 1) pass(true);
    if (options_.rank.number == 0) {
      evolving ? evolve_all() : pass(false);
      result_.complete = quarantined_.empty() && (evolving ? !stopped() : groups_done_ == index_.groups());
      for (std::size_t model = 0; model < best_.size(); ++model) result_.frontiers.push_back(frontier_of(model));
      judge();
    }
    if (options_.search && !stopped())
      for (const std::size_t group : quarantined_) ledger_->tell(group, SearchEvent::quarantined);
    result_.merged = options_.rank.number == 0;
    result_.objectives = options_.objectives;
    result_.limited = options_.limits.latency_s < kCannot || options_.limits.devices > 0;
    result_.pricing_s += tasks_.pricing_s();
    result_.sources = sources_;
    result_.elapsed_s = elapsed_s();
    return std::move(result_);
  }

 private:
  [[nodiscard]] double elapsed_s() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  [[nodiscard]] bool stopped() const { return options_.stop.stop_requested() || elapsed_s() > options_.time_limit_s; }

  /// Through all groups, block by block. As one of several processes `sharing` searches those that are its own, and
  /// merges none.
  void pass(bool sharing) {
    constexpr std::size_t block = 64;
    tasks_.begin_anew();
    ordinal_ = 0;
    for (std::size_t first = 0; first < index_.groups() && !stopped(); first += block) {
      std::vector<std::size_t> groups(std::min(block, index_.groups() - first));
      std::iota(groups.begin(), groups.end(), first);
      pass_block(groups, sharing);
    }
    if (ledger_) ledger_->flush();
  }

  /// Through the groups that evolution asks for, model by model.
  void evolve_all() {
    std::vector<std::size_t> sizes;
    for (const Axis& axis : space_.axes)
      if (!axis.is_count()) sizes.push_back(axis.values.size());
    for (std::size_t model = 0; model < space_.models.size(); ++model)
      evolve(
          sizes, options_.evolution,
          [&](const std::vector<Genome>& genomes) {
            std::vector<std::size_t> groups;
            for (const Genome& genome : genomes) groups.push_back(group_of(model, sizes, genome));
            pass_block(groups, false);
            std::vector<std::vector<Figures>> found;
            for (const std::size_t group : groups) found.push_back(frontier_of_group(group));
            return found;
          },
          [this] { return stopped(); });
    if (ledger_) ledger_->flush();
  }

  static std::size_t group_of(std::size_t model, const std::vector<std::size_t>& sizes, const Genome& genome) {
    std::size_t group = model;
    for (std::size_t i = 0; i < sizes.size(); ++i) group = group * sizes[i] + genome[i];
    return group;
  }

  [[nodiscard]] std::vector<Figures> frontier_of_group(std::size_t group) const {
    Surface<Figures> best;
    for (const std::size_t point : index_.points_of(group))
      for (Figures figures : result_.points[point].frontier) {
        figures.latency_s = options_.objectives.latency_s(figures.latency_s);
        best.insert(figures);
      }
    return best.items();
  }

  void pass_block(const std::vector<std::size_t>& groups, bool sharing) {
    std::vector<GroupTask> tasks = tasks_.of(groups, result_.points);
    std::erase_if(tasks, [&](const GroupTask& task) { return task.settled() && sharing; });
    if (sharing)
      std::erase_if(
          tasks, [&](const GroupTask&) { return rank_of_unit(ordinal_++, options_.rank.of) != options_.rank.number; });
    std::vector<std::shared_ptr<const GroupOutcome>> outcomes(tasks.size());
    std::vector<std::size_t> order = promising_first(tasks);
    const auto suspects = std::stable_partition(
        order.begin(), order.end(), [&](std::size_t i) { return !ledger_ || ledger_->ends(tasks[i].group) == 0; });
    const auto find = [&](std::size_t i) { outcomes[i] = outcome_of(tasks[i], sharing); };
    tbb::parallel_for(std::size_t{0}, static_cast<std::size_t>(suspects - order.begin()),
                      [&](std::size_t i) { find(order[i]); });
    std::for_each(suspects, order.end(), find);  // one by one: it is known then which one ends this process
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (!outcomes[i]) continue;
      if (outcomes[i]->quarantined) quarantined_.insert(tasks[i].group);
      if (!sharing)
        merge(tasks[i], *outcomes[i]);
      else if (options_.rank.number == 0)
        own_.emplace(tasks[i].group, std::move(outcomes[i]));
    }
  }

  /// Known, awaited, or searched. None when it was stopped.
  std::shared_ptr<const GroupOutcome> outcome_of(const GroupTask& task, bool sharing) {
    if (task.settled()) return std::make_shared<GroupOutcome>(no_plans(task, task.reason));
    if (auto found = found_before(task, sharing)) {
      if (options_.frontier_only) learn(task, *found);
      return found;
    }
    if (stopped() || !options_.search) return nullptr;
    if (ledger_) ledger_->tell(task.group, SearchEvent::begun);
    auto outcome = search_group(space_, index_, options_, task,
                                options_.frontier_only ? known(task.design.model) : std::vector<Known>());
    if (!outcome) {
      if (ledger_) ledger_->tell(task.group, SearchEvent::left);
      return nullptr;
    }
    if (options_.frontier_only) learn(task, *outcome);
    if (ledger_) ledger_->add(task.group, *outcome);
    return std::make_shared<GroupOutcome>(std::move(*outcome));
  }

  /// By this process as its share, or in the ledger.
  std::shared_ptr<const GroupOutcome> found_before(const GroupTask& task, bool sharing) {
    if (!ledger_) return nullptr;
    const std::lock_guard lock(ledger_mutex_);
    if (auto own = own_.extract(task.group)) return std::move(own.mapped());
    const bool left_out = is_left_out(task.group);
    auto found = sharing || left_out ? ledger_->find(task.group) : awaited(task.group);
    if (found && found->frontiers.size() == index_.points_of(task.group).size()) return found;
    if (!left_out) return nullptr;
    GroupOutcome outcome = no_plans(task, fmt::format("its search ended {} processes", kEnds));
    outcome.quarantined = true;
    return std::make_shared<GroupOutcome>(std::move(outcome));
  }

  /// Where nothing is searched, those that were left out before are, too.
  [[nodiscard]] bool is_left_out(std::size_t group) const {
    return ledger_->ends(group) >= kEnds || (!options_.search && ledger_->quarantined(group));
  }

  /// Of a group that is not searched.
  [[nodiscard]] GroupOutcome no_plans(const GroupTask& task, const std::string& why) const {
    GroupOutcome outcome;
    outcome.reason = why;
    outcome.frontiers.resize(index_.points_of(task.group).size());
    for (std::size_t p = 0; p < outcome.frontiers.size(); ++p) outcome.infeasible.push_back(p);
    return outcome;
  }

  /// The best figures so far of any group. Which they are does not change what is found (see search_beyond).
  [[nodiscard]] std::vector<Known> known(std::size_t model) {
    const std::lock_guard lock(known_mutex_);
    return known_[model].items();
  }
  void learn(const GroupTask& task, const GroupOutcome& outcome) {
    const std::size_t model = task.design.model;
    const auto batch = static_cast<double>(task.network->batch);
    const std::lock_guard lock(known_mutex_);
    for (const FrontierPoint& plan : outcome.plans)
      known_[model].insert(
          {plan.score.period_s / batch, plan.score.energy_j, options_.objectives.latency_s(plan.score.latency_s)});
  }

  /// From the ledger; where others are at work, as long as they write anything.
  std::shared_ptr<const GroupOutcome> awaited(std::size_t group) {
    if (auto known = ledger_->find(group)) return known;
    if (options_.rank.of == 1 || !options_.search) return nullptr;
    constexpr auto patience = std::chrono::seconds(3);
    while (true) {
      if (ledger_->reload()) heard_ = Clock::now();
      auto known = ledger_->find(group);
      if (known || stopped() || Clock::now() - heard_ > patience) return known;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  void merge(const GroupTask& task, const GroupOutcome& outcome) {
    result_.searches += !task.settled();
    ++groups_done_;
    const auto batch = static_cast<double>(task.network->batch);
    const auto points = index_.points_of(task.group);
    for (std::size_t p = 0; p < points.size(); ++p) {
      const std::size_t number = points[p];
      PointOutcome& point = result_.points[number];
      if (!point.reason.empty()) {  // exceeds a limit
        point.state = PointState::pruned;
        continue;
      }
      const bool infeasible =
          std::find(outcome.infeasible.begin(), outcome.infeasible.end(), p) != outcome.infeasible.end();
      point.state = !task.better.empty()  ? PointState::pruned
                    : outcome.quarantined ? PointState::quarantined
                    : infeasible          ? PointState::infeasible
                                          : PointState::dominated;
      if (infeasible) point.reason = outcome.reason.empty() ? why_no_plan(options_.limits) : outcome.reason;
      for (const std::size_t at : outcome.frontiers[p]) {
        const Score& score = outcome.plans[at].score;
        point.frontier.push_back({score.period_s / batch, score.energy_j, score.latency_s});
        best_[index_.design(number).model].add(point.frontier.back(), number, outcome.plans[at]);
      }
    }
    done_ += points.size();
    if (options_.on_progress) options_.on_progress(progress());
  }

  [[nodiscard]] SpaceProgress progress() const {
    SpaceProgress progress{.points = index_.points(), .done = done_};
    std::size_t models = 0;
    for (const ModelFrontier& best : best_) {
      if (best.items().empty()) continue;
      ++models;
      progress.plans += best.items().size();
      progress.hypervolume += best.hypervolume();
    }
    if (models > 0) progress.hypervolume /= static_cast<double>(models);
    return progress;
  }

  [[nodiscard]] std::vector<SpacePlan> frontier_of(std::size_t model) {
    const auto& items = best_[model].items();
    const std::vector<FrontierPoint> weighed = best_[model].weighed();
    std::vector<SpacePlan> plans;
    std::map<std::size_t, std::pair<Cluster, Cluster>> clusters;  // by point: the largest of its group, its own
    for (std::size_t i = items.size(); i-- > 0;) {
      const std::size_t point = items[i].point;
      if (!clusters.contains(point)) {
        const Design design = index_.design(point);
        clusters.emplace(point, std::pair(sources_->cluster_named(largest_cluster_of(space_, design)),
                                          sources_->cluster_named(cluster_of(space_, design))));
      }
      // The point's own cluster lacks the classes of which it has no device.
      const auto& [largest, own] = clusters.at(point);
      plans.push_back({point, weighed[i]});
      FrontierPoint& plan = plans.back().plan;
      if (plan.score.stages.empty()) plan.score = scored_again(plan, point, largest);
      plan.plan = in_modes_of(plan.plan, largest, own);
    }
    return plans;
  }

  /// Of a plan from the ledger, which has no more than the figures. Throws InputError where they are not the plan's.
  Score scored_again(const FrontierPoint& plan, std::size_t point, const Cluster& cluster) {
    const Design design = index_.design(point);
    const CostTable cost = make_cost_table(sources_->network(design.model, batch_of(space_, design)), cluster);
    Score score = is_partition(cost, plan.plan) ? evaluate(cost, plan.plan) : Score{};
    for (double Score::*figure : {&Score::period_s, &Score::energy_j, &Score::latency_s}) {
      constexpr double rounding = 1e-9;
      if (!(std::abs(score.*figure - plan.score.*figure) <= rounding * std::abs(score.*figure)))
        throw InputError(options_.ledger.string(), "", "has a plan with figures that are not its own",
                         "leave out --resume to begin anew");
      score.*figure = plan.score.*figure;  // the same digits as where it was found
    }
    return score;
  }

  /// A point is kept when the frontier has a plan of it.
  void judge() {
    for (const auto& frontier : result_.frontiers)
      for (const SpacePlan& plan : frontier) result_.points[plan.point].state = PointState::kept;
    result_.figures = !options_.frontier_only;
    // What else was found on the way depends on what was known when.
    if (options_.frontier_only)
      for (PointOutcome& point : result_.points) point.frontier.clear();
  }

  const DesignSpace& space_;
  const SpaceOptions& options_;
  DesignIndex index_;
  Clock::time_point start_;
  std::shared_ptr<Sources> sources_;
  GroupTasks tasks_;
  std::vector<ModelFrontier> best_;    ///< by model
  std::vector<Surface<Known>> known_;  ///< by model
  std::mutex known_mutex_;
  SpaceResult result_;
  std::size_t done_ = 0;  ///< points
  std::size_t groups_done_ = 0;
  std::set<std::size_t> quarantined_;  ///< groups
  std::size_t ordinal_ = 0;            ///< of the groups that are searched, by which processes share them
  std::optional<Ledger> ledger_;
  /// Of the groups that this process searched as its share, to be merged.
  std::map<std::size_t, std::shared_ptr<const GroupOutcome>> own_;
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
    case PointState::quarantined:
      return "quarantined";
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
