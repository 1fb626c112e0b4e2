#include "search/lattice.hpp"
#include "search/random_problem.hpp"
#include "search/staircase.hpp"

#include <gtest/gtest.h>

namespace cleave {
namespace {

using testing_support::random_problem;
using testing_support::Topology;

TEST(Lattice, HasExactlyTheDownwardClosedSets) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const CostTable cost = random_problem(seed, {.operators = 7, .topology = Topology::random}).cost;
    std::size_t expected = 0;
    for (unsigned set = 0; set < 1U << 7; ++set) {
      bool closed = true;
      for (const TensorUse& tensor : cost.tensors)
        for (const OpId reader : tensor.consumers)
          closed &= !tensor.producer.valid() || !((set >> reader.at()) & 1) || ((set >> tensor.producer.at()) & 1);
      expected += closed;
    }
    const auto lattice = Lattice::all(cost, 1000);
    ASSERT_TRUE(lattice);
    EXPECT_EQ(lattice->size(), expected) << "seed " << seed;
    EXPECT_EQ(lattice->difference(lattice->top(), 0).size(), 7U);
    for (std::uint32_t ideal = 1; ideal < lattice->size(); ++ideal)
      for (const Lattice::Cover& cover : lattice->covers(ideal))
        EXPECT_EQ(lattice->difference(ideal, cover.lower), std::vector<OpId>{cover.op});
  }
}

TEST(Lattice, GivesUpBeyondTheLimit) {
  const CostTable cost = random_problem(0, {.operators = 10, .topology = Topology::diamond}).cost;
  EXPECT_FALSE(Lattice::all(cost, 100));
  EXPECT_EQ(Lattice::all(cost, 1000)->size(), 2U + (1U << 8));
}

/// A diamond of 16 branches has levels of thousands of ideals, which take long where operators are many.
TEST(Lattice, AsksWithinALevelWhetherToGiveUp) {
  const CostTable cost = random_problem(0, {.operators = 18, .topology = Topology::diamond}).cost;
  std::size_t asked = 0;
  const auto never = [&] {
    ++asked;
    return false;
  };
  ASSERT_TRUE(Lattice::all(cost, 100'000, never));
  EXPECT_GT(asked, 500U);
  EXPECT_FALSE(Lattice::all(cost, 100'000, [&] { return --asked < 100; }));
}

TEST(Staircase, KeepsExactlyTheNonDominated) {
  struct Pair {
    double period_s, energy_j;
  };
  Staircase<Pair> stairs;
  EXPECT_TRUE(stairs.insert({3, 3}));
  EXPECT_FALSE(stairs.insert({3, 3}));
  EXPECT_FALSE(stairs.insert({4, 3}));
  EXPECT_TRUE(stairs.insert({4, 2}));
  EXPECT_TRUE(stairs.insert({1, 5}));
  EXPECT_TRUE(stairs.insert({3, 2}));  // removes (3,3) and (4,2)
  ASSERT_EQ(stairs.items().size(), 2U);
  EXPECT_EQ(stairs.items()[1].energy_j, 2);
  EXPECT_TRUE(stairs.dominates(3, 2));
  EXPECT_FALSE(stairs.dominates(2.9, 4.9));
}

}  // namespace
}  // namespace cleave
