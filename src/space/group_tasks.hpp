#pragma once
/// What there is to search in each group of a space, and which groups need no search.

#include "space/elite.hpp"
#include "space/search_space.hpp"
#include "space/sources.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cleave {

/// A group that may be searched.
struct GroupTask {
  std::size_t group = 0;
  Design design = {};  ///< of its first point
  const Network* network = nullptr;
  std::optional<Cluster> cluster = {};  ///< the group's largest
  CostTable cost = {};
  std::string reason = {};  ///< why it is not searched
  std::string better = {};  ///< the cluster of a group that is no worse in anything

  [[nodiscard]] bool settled() const { return !reason.empty(); }
  void settle(std::string why) {
    reason = std::move(why);
    forget_costs();
  }
  /// They are not asked for any more.
  void forget_costs() {
    cluster.reset();
    cost = {};
  }
};

/// Positions of tasks: good plans that are known early make the searches after them short. Those without costs come as
/// they are.
[[nodiscard]] std::vector<std::size_t> promising_first(const std::vector<const GroupTask*>& tasks);

class GroupTasks {
 public:
  /// All that is referred to must live as long. Throws UsageError where axes or limits are of what the
  /// cluster does not have.
  GroupTasks(const DesignSpace& space, const DesignIndex& index, const SpaceOptions& options, Sources& sources);

  /// Priced on all threads. Totals of the groups' points, and why they exceed a limit, go to `points`. Settled are
  /// groups that are no design, exceed a limit, or are in nothing better than another one, of these or of calls before.
  /// Throws InputError where a model cannot be priced on the cluster.
  [[nodiscard]] std::vector<GroupTask> of(const std::vector<std::size_t>& groups, std::vector<PointOutcome>& points);
  /// Seconds of all calls so far that reading networks and pricing took.
  [[nodiscard]] double pricing_s() const { return pricing_s_; }
  /// Once more: its costs were forgotten.
  void price(GroupTask& task) const;

 private:
  void weigh(GroupTask& task, std::vector<PointOutcome>& points) const;
  [[nodiscard]] std::string excess_of(const Totals& totals) const;
  void prune(GroupTask& task, std::vector<GroupTask*>& standing);
  [[nodiscard]] std::string name_of_group(const GroupTask& task) const;

  const DesignSpace& space_;
  const DesignIndex& index_;
  const SpaceOptions& options_;
  Sources& sources_;
  double pricing_s_ = 0;
  Elite elite_;
};

}  // namespace cleave
