#pragma once
/// What all groups of a space say together: the frontier of each model, and what became of each point.

#include "space/group_outcome.hpp"
#include "space/group_tasks.hpp"
#include "space/model_frontier.hpp"

#include <cstddef>
#include <vector>

namespace cleave {

class MergedFrontiers {
 public:
  /// All that is referred to must live as long; the states and frontiers of `points` are written.
  MergedFrontiers(const DesignSpace& space, const DesignIndex& index, const SpaceOptions& options, Sources& sources,
                  std::vector<PointOutcome>& points);

  /// Group by group, always in the same order: of equal plans the first stays.
  void merge(const GroupTask& task, const GroupOutcome& outcome);

  [[nodiscard]] std::size_t groups() const { return groups_; }
  /// Of these, how many were not settled.
  [[nodiscard]] std::size_t searches() const { return searches_; }
  [[nodiscard]] SpaceProgress progress() const;
  /// By model; ascending throughput, weights assigned. Points that have a plan there are kept. Throws InputError where
  /// a ledger has figures that are not its plans'.
  [[nodiscard]] std::vector<std::vector<SpacePlan>> frontiers();

 private:
  [[nodiscard]] std::vector<SpacePlan> frontier_of(std::size_t model);
  [[nodiscard]] Score scored_again(const FrontierPoint& plan, std::size_t point, const Cluster& cluster);

  const DesignSpace& space_;
  const DesignIndex& index_;
  const SpaceOptions& options_;
  Sources& sources_;
  std::vector<PointOutcome>& points_;
  std::vector<ModelFrontier> best_;  ///< by model
  std::size_t groups_ = 0;
  std::size_t searches_ = 0;
  std::size_t done_ = 0;  ///< points
};

}  // namespace cleave
