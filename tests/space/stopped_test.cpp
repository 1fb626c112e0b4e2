// What a search of a space has when it is stopped.
#include "space/group_finder.hpp"
#include "space/group_search.hpp"
#include "space/merged_frontiers.hpp"
#include "space/sweep_identity.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <random>

namespace cleave {
namespace {

namespace fs = std::filesystem;

const DesignSpace kSpace{{"zoo:vgg8"}, "edge4", 1, {{"cim.count", {"0", "1", "3"}}}};
const DesignSpace kOne{{"zoo:vgg8"}, "edge4", 1, {}};
const DesignSpace kLinked{{"zoo:vgg8"}, "two_boxes", 1, {}};

/// One group whose search is stopped before it begins.
class Stopped {
 public:
  Stopped(const DesignSpace& space, SpaceOptions options)
      : space_(space), index_(space), options_(std::move(options)), sources_(space), points_(index_.points()) {
    stop_.request_stop();
    options_.stop = stop_.get_token();
    task_ = GroupTasks(space_, index_, options_, sources_).of({0}, points_).front();
  }

  [[nodiscard]] GroupOutcome search() const { return search_group(space_, index_, options_, task_, {}); }

  const DesignSpace& space_;
  DesignIndex index_;
  SpaceOptions options_;
  Sources sources_;
  std::vector<PointOutcome> points_;
  GroupTask task_;
  std::stop_source stop_;
};

TEST(StoppedSpace, PointsHaveThePlansThatNeedNoSearch) {
  const std::vector<std::pair<DesignSpace, SpaceOptions>> cases = {
      {kSpace, {}},
      {kSpace, {.limits = {.devices = 1}}},
      {kSpace, {.limits = {.latency_s = 1}}},
      {kSpace, {.objectives = {.latency = true}}},
      {kSpace, {.frontier_only = true}},
      {kOne, {.limits = {.power_w = 1000}}},
      {kOne, {.limits = {.devices = 2}}},
      {kLinked, {}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    const Stopped stopped(cases[i].first, cases[i].second);
    const GroupOutcome outcome = stopped.search();
    EXPECT_FALSE(outcome.finished);
    EXPECT_THAT(outcome.infeasible, testing::IsEmpty()) << "nobody knows";
    for (const auto& frontier : outcome.frontiers) {
      EXPECT_THAT(frontier, testing::Not(testing::IsEmpty()));
      for (const std::size_t at : frontier) {
        const FrontierPoint& point = outcome.plans[at];
        EXPECT_THAT(check({.cost = stopped.task_.cost}, point.plan, point.score), testing::IsEmpty());
        EXPECT_FALSE(point.proven);
        EXPECT_LE(point.bound, point.score.energy_j);
        EXPECT_LE(point.score.latency_s, stopped.options_.limits.latency_s);
        if (const int most = stopped.options_.limits.devices; most > 0) {
          EXPECT_LE(point.score.devices_used, most);
        }
      }
    }
  }
}

TEST(StoppedSpace, CountsAsNotReachedAndIsSearchedAgain) {
  const fs::path folder = fs::temp_directory_path() / ("cleave_stopped_" + std::to_string(std::random_device()()));
  Stopped stopped(kSpace, {.ledger = folder});
  GroupFinder finder(stopped.space_, stopped.index_, stopped.options_);
  finder.open_ledger(identity_of(stopped.space_, stopped.options_, stopped.sources_));
  const GroupFinder::Outcome outcome = finder.search(stopped.task_);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(finder.known(stopped.task_)) << "not in the ledger";
  MergedFrontiers merged(stopped.space_, stopped.index_, stopped.options_, stopped.sources_, stopped.points_);
  merged.merge(stopped.task_, *outcome);
  EXPECT_EQ(merged.groups(), 0u);
  EXPECT_EQ(merged.progress().done, 0u);
  EXPECT_THAT(merged.frontiers().front(), testing::Not(testing::IsEmpty()));
  for (const PointOutcome& point : stopped.points_) {
    EXPECT_TRUE(point.stopped);
    EXPECT_TRUE(point.state == PointState::kept || point.state == PointState::dominated);
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace cleave
