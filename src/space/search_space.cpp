// Groups of points are searched side by side; what they found is merged in order, so that the answer does not depend on
// who was faster. Several processes begin with a share each, and take over from one another what is left.
#include "space/search_space.hpp"

#include "base/parallel.hpp"
#include "search/surface.hpp"
#include "space/deadline.hpp"
#include "space/group_finder.hpp"
#include "space/merged_frontiers.hpp"
#include "space/nsga2.hpp"
#include "space/ranks.hpp"
#include "space/sweep_identity.hpp"

#include <cleave/error.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace cleave {
namespace {

using Clock = std::chrono::steady_clock;

/// So many groups are priced at once; about as many are searched side by side.
constexpr std::size_t kBlock = 64;
/// Other processes are listened to so often: less than a search takes, and far more than reading a folder.
constexpr auto kHearing = std::chrono::milliseconds(20);
/// A process that writes nothing for so long may be gone.
constexpr auto kPatience = std::chrono::seconds(3);

class SpaceSearch {
 public:
  SpaceSearch(const DesignSpace& space, const SpaceOptions& options)
      : space_(space),
        options_(options),
        index_(space),
        start_(Clock::now()),
        sources_(std::make_shared<Sources>(space)),
        tasks_(space, index_, options, *sources_),
        finder_(space, index_, options),
        merged_(space, index_, options, *sources_, result_.points) {
    result_.points.resize(index_.points());
  }

  SpaceResult run() {
    if (!options_.ledger.empty()) {
      const SweepIdentity identity = identity_of(space_, options_, *sources_);
      result_.pricing_s = elapsed_s();
      finder_.open_ledger(identity);
    }
    const bool evolving = options_.method == SpaceMethod::nsga2;
    if (evolving && options_.rank.of > 1)
      throw UsageError("--method nsga2 takes one generation after the other, in one process; use threads, not ranks");
    evolving ? evolve_all() : pass();
    if (merges()) conclude(evolving);
    if (options_.search && !stopped())
      for (const std::size_t group : quarantined_) finder_.tell_quarantined(group);
    result_.merged = merges();
    result_.objectives = options_.objectives;
    result_.limited = options_.limits.latency_s < kCannot || options_.limits.devices > 0;
    result_.pricing_s += tasks_.pricing_s();
    result_.sources = sources_;
    result_.elapsed_s = elapsed_s();
    return std::move(result_);
  }

 private:
  struct Unit {
    GroupTask task = {};   ///< with its costs only before a search
    std::size_t rank = 0;  ///< whose share it is
    GroupFinder::Outcome outcome = {};
  };

  [[nodiscard]] double elapsed_s() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  [[nodiscard]] bool stopped() const { return options_.stop.stop_requested(); }
  /// Does this process put together what all have found?
  [[nodiscard]] bool merges() const { return options_.rank.number == 0; }

  /// Through all groups, and then through what other processes have not done.
  void pass() {
    for (std::size_t first = 0; first < index_.groups() && !stopped(); first += kBlock) {
      std::vector<std::size_t> groups(std::min(kBlock, index_.groups() - first));
      std::iota(groups.begin(), groups.end(), first);
      prepare(groups);
      if (own_.empty() || own_.size() >= kBlock) search_own();
    }
    search_own();
    finder_.flush();
    if (options_.rank.of > 1 && options_.search) merges() ? await_others() : take_over();
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
            prepare(groups);
            search_own();
            std::vector<std::vector<DesignFigures>> found;
            for (const std::size_t group : groups) found.push_back(frontier_of_group(group));
            return found;
          },
          [this] { return stopped(); });
    finder_.flush();
  }

  static std::size_t group_of(std::size_t model, const std::vector<std::size_t>& sizes, const Genome& genome) {
    std::size_t group = model;
    for (std::size_t i = 0; i < sizes.size(); ++i) group = group * sizes[i] + genome[i];
    return group;
  }

  [[nodiscard]] std::vector<DesignFigures> frontier_of_group(std::size_t group) const {
    Surface<DesignFigures> best;
    for (const std::size_t point : index_.points_of(group))
      for (DesignFigures figures : result_.points[point].frontier) {
        figures.latency_s = options_.objectives.latency_s(figures.latency_s);
        best.insert(figures);
      }
    return best.items();
  }

  /// Whose they are. Costs of others' groups are made again if they are taken over.
  void prepare(const std::vector<std::size_t>& groups) {
    for (GroupTask& task : tasks_.of(groups, result_.points)) {
      if (task.settled() && !merges()) continue;
      const std::size_t group = task.group;
      const std::size_t rank = task.settled() ? 0 : rank_of_unit(ordinal_++, options_.rank.of);
      const bool own = rank == options_.rank.number && !task.settled();
      if (!own) task.forget_costs();
      if (!own && !merges() && finder_.known(task)) continue;
      const auto place = waiting_.emplace(group, Unit{std::move(task), rank, {}}).first;
      if (own) own_.push_back(&place->second);
    }
  }

  void search_own() {
    search(std::move(own_));
    own_.clear();
    settle_known();
  }

  /// Side by side; those with which processes ended before one by one: it is known then which one ends this process.
  void search(std::vector<Unit*> units) {
    std::vector<const GroupTask*> tasks;
    for (const Unit* unit : units) tasks.push_back(&unit->task);
    std::vector<std::size_t> order = promising_first(tasks);
    const auto suspects = std::stable_partition(order.begin(), order.end(),
                                                [&](std::size_t i) { return !finder_.suspects(tasks[i]->group); });
    in_parallel(std::size_t{0}, static_cast<std::size_t>(suspects - order.begin()),
                [&](std::size_t i) { search(*units[order[i]]); });
    std::for_each(suspects, order.end(), [&](std::size_t i) { search(*units[i]); });
    for (Unit* unit : units) unit->task.forget_costs();  // they may wait for long to be merged
  }

  /// It may be known by now.
  void search(Unit& unit) {
    hear();
    ask(unit);
    if (unit.outcome || stopped() || !options_.search) return;
    if (!unit.task.cluster) tasks_.price(unit.task);
    unit.outcome = finder_.search(unit.task);
  }

  /// What other processes have found since, if it was not just asked.
  void hear() {
    const std::lock_guard lock(hearing_);
    if (Clock::now() - listened_ >= kHearing) listen();
  }

  void listen() {
    if (options_.rank.of == 1 || !options_.search) return;
    listened_ = Clock::now();
    const std::vector<std::size_t> news = finder_.news();
    if (!news.empty()) heard_ = listened_;
    news_.insert(news_.end(), news.begin(), news.end());
  }

  /// Is done with the units that are known; where this process merges, in order.
  void settle_known() {
    listen();
    for (const std::size_t group : std::exchange(news_, {})) learn(group);
    if (!merges()) std::erase_if(waiting_, [&](auto& item) { return settle(item.second); });
    while (merges() && !waiting_.empty() && (ask(waiting_.begin()->second), settle(waiting_.begin()->second)))
      waiting_.erase(waiting_.begin());
  }

  /// Searches are the shorter the more is known; what is merged only can wait for its turn.
  void learn(std::size_t group) {
    const auto unit = waiting_.find(group);
    if (unit != waiting_.end() && (options_.frontier_only || !merges())) ask(unit->second);
  }

  void ask(Unit& unit) {
    if (!unit.outcome) unit.outcome = finder_.known(unit.task);
  }

  /// Is it known?
  bool settle(const Unit& unit) {
    if (!unit.outcome) return false;
    if (unit.outcome->quarantined) quarantined_.insert(unit.task.group);
    if (merges()) merged_.merge(unit.task, *unit.outcome);
    return true;
  }

  /// Units of others' shares: this process has nothing left of its own.
  void take_over() {
    settle_known();
    for (std::vector<Unit*> units = spare(); !units.empty() && !stopped(); units = spare()) {
      search(std::move(units));
      finder_.flush();  // at once, for those whose share it is
      settle_known();
    }
  }

  /// Some that nobody searches now, as far as that can be told: each process is at its first one that is not known. The
  /// others are taken from the end, or, so that not all who are through take the same, from other places.
  [[nodiscard]] std::vector<Unit*> spare() {
    std::vector<bool> at_work(options_.rank.of, false);  // by rank: its first one was seen
    std::vector<bool> heard_of(options_.rank.of);
    for (std::size_t rank = 0; rank < heard_of.size(); ++rank) heard_of[rank] = finder_.heard_of(rank);
    std::vector<Unit*> all;
    for (auto& [group, unit] : waiting_) {
      if (unit.outcome || finder_.has(group) || !heard_of[unit.rank] || finder_.suspects(group)) continue;
      if (at_work[unit.rank]) all.push_back(&unit);
      at_work[unit.rank] = true;
    }
    const std::size_t some = std::min(all.size(), threads());
    const std::size_t skipped = all.size() * options_.rank.number / options_.rank.of;
    std::vector<Unit*> units;
    for (std::size_t i = 0; i < some; ++i) units.push_back(all[all.size() - 1 - (skipped + i) % all.size()]);
    return units;
  }

  [[nodiscard]] static std::size_t threads() { return static_cast<std::size_t>(threads_here()); }

  /// As long as they write anything; then what is left is searched here.
  void await_others() {
    for (take_over(); !waiting_.empty() && !stopped(); take_over()) {
      if (Clock::now() - heard_ < kPatience) {
        std::this_thread::sleep_for(kHearing);
        continue;
      }
      std::vector<Unit*> units;
      for (auto& [group, unit] : waiting_)
        if (!unit.outcome && units.size() < threads()) units.push_back(&unit);
      search(std::move(units));
    }
  }

  void conclude(bool evolving) {
    for (auto& [group, unit] : waiting_) {  // it was stopped, or only looks
      ask(unit);
      settle(unit);
    }
    result_.complete = quarantined_.empty() && (evolving ? !stopped() : merged_.groups() == index_.groups());
    result_.searches = merged_.searches();
    result_.frontiers = merged_.frontiers();
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
  SpaceResult result_;
  GroupFinder finder_;
  MergedFrontiers merged_;
  std::map<std::size_t, Unit> waiting_;  ///< by group: what is not known, or not merged yet
  std::vector<Unit*> own_;               ///< of these: this process searches them next
  std::set<std::size_t> quarantined_;    ///< groups
  std::size_t ordinal_ = 0;              ///< of the groups that are searched, by which processes share them
  std::mutex hearing_;
  std::vector<std::size_t> news_;  ///< groups that others have found, not looked at yet
  Clock::time_point listened_ = Clock::now();
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
  const Deadline deadline(options.time_limit_s, options.stop);
  SpaceOptions limited = options;
  limited.stop = deadline.token();
  return on_threads(options.threads, [&] { return SpaceSearch(space, limited).run(); });
}

}  // namespace cleave
