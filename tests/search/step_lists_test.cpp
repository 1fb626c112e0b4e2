// The steps of stages: by class and replicas, sorted by where they begin.
#include "search/step_lists.hpp"

#include "search/period_cells.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace cleave {
namespace {

using Found = std::vector<std::pair<std::uint32_t, double>>;  // place and load

/// A class of one device and one of two that replicate; ideals 0, 3 and 5 are places 0, 1 and 2.
class StepListsTest : public testing::Test {
 protected:
  StepListsTest() {
    const ClassId single = cost_.classes.push_back({.count = 1});
    const ClassId pair = cost_.classes.push_back({.count = 2, .replicate = true});
    cost_.modes.push_back({.device_class = single});
    cost_.modes.push_back({.device_class = pair});
  }

  StepLists filled(std::vector<Transition> stages, double max_load_s) {
    StepLists lists(cost_, cells_, places_, 3);
    lists.fill(stages, max_load_s);
    return lists;
  }

  static Found found(const StepLists& lists, ClassId device, int replicas) {
    Found all;
    for (const Step& step : lists.steps(lists.list(device, replicas)))
      if (step.place != Step::kNone) all.emplace_back(step.place, step.load_s);
    return all;
  }

  CostTable cost_;
  PeriodCells cells_{{1, 2, 3}, {}};
  std::vector<std::uint32_t> places_{0, 0, 0, 1, 0, 2};
  const ClassId single_{0}, pair_{1};
  const ModeId on_single_{0}, on_pair_{1};
};

TEST_F(StepListsTest, AreByClassReplicasAndPlace) {
  const StepLists lists =
      filled({{5, on_pair_, 4, 1}, {3, on_single_, 2.5, 1}, {0, on_pair_, 6, 1}, {3, on_pair_, 2, 7}}, 3);
  EXPECT_EQ(found(lists, single_, 1), (Found{{1, 2.5}}));
  EXPECT_EQ(found(lists, pair_, 1), (Found{{1, 2}}));
  EXPECT_EQ(found(lists, pair_, 2), (Found{{0, 3}, {1, 1}, {2, 2}}));
  EXPECT_EQ(lists.size(), 5U);
  const Step& slow = lists.steps(lists.list(pair_, 2))[1];
  EXPECT_EQ(slow.fewer_s, 2);
  EXPECT_EQ(slow.energy_j, 7);
  EXPECT_EQ(slow.cell, cells_.of(1));
  EXPECT_EQ(lists.steps(lists.list(single_, 1))[0].cell, cells_.of(2.5));
}

TEST_F(StepListsTest, KnowTheFirstStepOfAPlace) {
  const StepLists lists = filled({{3, on_pair_, 2, 1}, {3, on_pair_, 1, 2}, {5, on_pair_, 2, 3}}, 3);
  EXPECT_EQ(lists.first(lists.list(pair_, 1)), (std::vector<std::uint32_t>{Step::kNone, 0, 2}));
}

TEST_F(StepListsTest, ForgetWhatWasThereBefore) {
  StepLists lists = filled({{3, on_pair_, 2, 1}, {5, on_single_, 2, 3}}, 3);
  std::vector<Transition> stages{{0, on_pair_, 2, 1}};
  lists.fill(stages, 3);
  EXPECT_EQ(found(lists, single_, 1), Found{});
  EXPECT_EQ(found(lists, pair_, 1), (Found{{0, 2}}));
  EXPECT_EQ(lists.first(lists.list(pair_, 1)), (std::vector<std::uint32_t>{0, Step::kNone, Step::kNone}));
}

}  // namespace
}  // namespace cleave
