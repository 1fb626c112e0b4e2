#include "base/graph_order.hpp"

#include <gtest/gtest.h>

namespace cleave {
namespace {

TEST(GraphOrder, KeepsAnOrderThatIsAlreadyGood) {
  EXPECT_EQ(topological_order(4, {{0, 2}, {1, 2}, {2, 3}}), (std::vector<std::size_t>{0, 1, 2, 3}));
  EXPECT_EQ(topological_order(3, {{2, 0}, {0, 1}}), (std::vector<std::size_t>{2, 0, 1}));
}

TEST(GraphOrder, HasNoAnswerForACycle) { EXPECT_FALSE(topological_order(3, {{0, 1}, {1, 2}, {2, 0}})); }

TEST(GraphOrder, ComponentsJoinExactlyTheCycles) {
  const auto component = strong_components(4, {{0, 1}, {1, 2}, {2, 1}, {2, 3}});
  EXPECT_EQ(component[1], component[2]);
  EXPECT_NE(component[0], component[1]);
  EXPECT_NE(component[3], component[1]);
}

}  // namespace
}  // namespace cleave
