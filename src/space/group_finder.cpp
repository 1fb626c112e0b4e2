#include "space/group_finder.hpp"

#include <fmt/format.h>

#include <utility>

namespace cleave {
namespace {

/// Once may be chance, twice, and the last time alone, is not.
constexpr int kEnds = 2;

}  // namespace

GroupFinder::GroupFinder(const DesignSpace& space, const DesignIndex& index, const SpaceOptions& options)
    : space_(space), index_(index), options_(options), best_(space.models.size()) {}

void GroupFinder::open_ledger(const SweepIdentity& identity) {
  ledger_.emplace(options_.ledger, options_.search ? std::optional(options_.rank.number) : std::nullopt, identity,
                  options_.resume);
}

GroupFinder::Outcome GroupFinder::known(const GroupTask& task) {
  if (task.settled()) return std::make_shared<GroupOutcome>(no_plans(task, task.reason));
  if (!ledger_) return nullptr;
  if (Outcome found = in_ledger(task)) return found;
  if (!is_left_out(task.group)) return nullptr;
  GroupOutcome outcome = no_plans(task, fmt::format("its search ended {} processes", kEnds));
  outcome.quarantined = true;
  return std::make_shared<GroupOutcome>(std::move(outcome));
}

GroupFinder::Outcome GroupFinder::in_ledger(const GroupTask& task) {
  Outcome found;
  {
    const std::lock_guard lock(ledger_mutex_);
    // Only the process that merges asks what others found, or one that may search less for it.
    if (options_.rank.number > 0 && !options_.frontier_only)
      return ledger_->has(task.group) ? std::make_shared<GroupOutcome>() : nullptr;
    found = ledger_->take(task.group);
  }
  if (!found || found->frontiers.size() != index_.points_of(task.group).size()) return nullptr;
  if (options_.frontier_only) learn(task, *found);
  return found;
}

GroupFinder::Outcome GroupFinder::search(const GroupTask& task) {
  if (ledger_) ledger_->tell(task.group, SearchEvent::begun);
  GroupOutcome outcome = search_group(space_, index_, options_, task,
                                      options_.frontier_only ? incumbents(task.design.model) : std::vector<Known>());
  if (outcome.finished) {
    if (options_.frontier_only) learn(task, outcome);
    if (ledger_) ledger_->add(task.group, outcome);
  } else if (ledger_) {
    ledger_->tell(task.group, SearchEvent::left);
  }
  return std::make_shared<GroupOutcome>(std::move(outcome));
}

std::vector<std::size_t> GroupFinder::news() {
  const std::lock_guard lock(ledger_mutex_);
  return ledger_->reload();
}

bool GroupFinder::has(std::size_t group) const {
  const std::lock_guard lock(ledger_mutex_);
  return ledger_ && ledger_->has(group);
}

bool GroupFinder::heard_of(std::size_t rank) const {
  const std::lock_guard lock(ledger_mutex_);
  return ledger_->heard_of(rank);
}

void GroupFinder::tell_quarantined(std::size_t group) { ledger_->tell(group, SearchEvent::quarantined); }

void GroupFinder::flush() {
  if (ledger_) ledger_->flush();
}

/// Where nothing is searched, those that were left out before are, too.
bool GroupFinder::is_left_out(std::size_t group) const {
  return ledger_->ends(group) >= kEnds || (!options_.search && ledger_->quarantined(group));
}

/// Of a group that is not searched.
GroupOutcome GroupFinder::no_plans(const GroupTask& task, const std::string& why) const {
  GroupOutcome outcome;
  outcome.reason = why;
  outcome.frontiers.resize(index_.points_of(task.group).size());
  for (std::size_t p = 0; p < outcome.frontiers.size(); ++p) outcome.infeasible.push_back(p);
  return outcome;
}

/// The best figures so far of any group. Which they are does not change what is found (see search_beyond).
std::vector<Known> GroupFinder::incumbents(std::size_t model) {
  const std::lock_guard lock(best_mutex_);
  return best_[model].items();
}

void GroupFinder::learn(const GroupTask& task, const GroupOutcome& outcome) {
  const std::size_t model = task.design.model;
  const auto batch = static_cast<double>(task.network->batch);
  const std::lock_guard lock(best_mutex_);
  for (const FrontierPoint& plan : outcome.plans)
    best_[model].insert(
        {plan.score.period_s / batch, plan.score.energy_j, options_.objectives.latency_s(plan.score.latency_s)});
}

}  // namespace cleave
