#include "space/merged_frontiers.hpp"

#include "space/group_search.hpp"

#include <cleave/error.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace cleave {
namespace {

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

}  // namespace

MergedFrontiers::MergedFrontiers(const DesignSpace& space, const DesignIndex& index, const SpaceOptions& options,
                                 Sources& sources, std::vector<PointOutcome>& points)
    : space_(space),
      index_(index),
      options_(options),
      sources_(sources),
      points_(points),
      best_(space.models.size(), ModelFrontier(options.objectives)) {}

void MergedFrontiers::merge(const GroupTask& task, const GroupOutcome& outcome) {
  searches_ += !task.settled();
  groups_ += outcome.finished;
  const auto batch = static_cast<double>(task.network->batch);
  const auto points = index_.points_of(task.group);
  for (std::size_t p = 0; p < points.size(); ++p) {
    const std::size_t number = points[p];
    PointOutcome& point = points_[number];
    if (!point.reason.empty()) {  // exceeds a limit
      point.state = PointState::pruned;
      continue;
    }
    const bool infeasible =
        std::find(outcome.infeasible.begin(), outcome.infeasible.end(), p) != outcome.infeasible.end();
    const bool unknown = !outcome.finished && outcome.frontiers[p].empty();
    point.state = !task.better.empty()  ? PointState::pruned
                  : outcome.quarantined ? PointState::quarantined
                  : infeasible          ? PointState::infeasible
                  : unknown             ? PointState::not_reached
                                        : PointState::dominated;
    point.stopped = !outcome.finished;
    if (point.stopped) point.reason = "its search was stopped";
    if (infeasible) point.reason = outcome.reason.empty() ? why_no_plan(options_.limits) : outcome.reason;
    for (const std::size_t at : outcome.frontiers[p]) {
      const Score& score = outcome.plans[at].score;
      point.frontier.push_back({score.period_s / batch, score.energy_j, score.latency_s});
      best_[index_.design(number).model].add(point.frontier.back(), number, outcome.plans[at]);
    }
  }
  if (outcome.finished) done_ += points.size();
  if (options_.on_progress) options_.on_progress(progress());
}

SpaceProgress MergedFrontiers::progress() const {
  SpaceProgress progress{.points = index_.points(), .done = done_};
  std::size_t models = 0;
  for (const ModelFrontier& best : best_) {
    if (best.size() == 0) continue;
    ++models;
    progress.plans += best.size();
    progress.hypervolume += best.hypervolume();
  }
  if (models > 0) progress.hypervolume /= static_cast<double>(models);
  return progress;
}

std::vector<std::vector<SpacePlan>> MergedFrontiers::frontiers() {
  std::vector<std::vector<SpacePlan>> all;
  for (std::size_t model = 0; model < best_.size(); ++model) {
    all.push_back(frontier_of(model));
    for (const SpacePlan& plan : all.back()) points_[plan.point].state = PointState::kept;
  }
  return all;
}

std::vector<SpacePlan> MergedFrontiers::frontier_of(std::size_t model) {
  const std::vector<ModelFrontier::Item> items = best_[model].items();
  const std::vector<FrontierPoint> weighed = ModelFrontier::weighed(items);
  std::vector<SpacePlan> plans;
  std::map<std::size_t, std::pair<Cluster, Cluster>> clusters;  // by point: the largest of its group, its own
  for (std::size_t i = items.size(); i-- > 0;) {
    const std::size_t point = items[i].point;
    if (!clusters.contains(point)) {
      const Design design = index_.design(point);
      clusters.emplace(point, std::pair(sources_.cluster_named(largest_cluster_of(space_, design)),
                                        sources_.cluster_named(cluster_of(space_, design))));
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

/// Of a plan from the ledger, which has no more than the figures.
Score MergedFrontiers::scored_again(const FrontierPoint& plan, std::size_t point, const Cluster& cluster) {
  const Design design = index_.design(point);
  const CostTable cost = make_cost_table(sources_.network(design.model, batch_of(space_, design)), cluster);
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

}  // namespace cleave
