// Orders of alike branches: no score is lost, and lattices get smaller.
#include "search/twins.hpp"

#include "search/brute_trail.hpp"
#include "search/lattice.hpp"
#include "search/random_problem.hpp"
#include "search/twin_problems.hpp"

#include <cleave/explore.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

using testing_support::brute_trail;
using testing_support::loses_no_score;
using testing_support::problem_with_twins;
using testing_support::random_problem;
using testing_support::runnable;
using testing_support::shuffled;
using testing_support::Topology;
using testing_support::Triple;
using testing_support::undominated;
using testing_support::with_copies;

TEST(Twins, EveryScoreHasAPlanThatKeepsToAllOrders) {
  int with_orders = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const CostTable cost = problem_with_twins(seed);
    const std::vector<TwinBranches> twins = twin_branches(cost);
    with_orders += !twins.empty();
    ASSERT_TRUE(loses_no_score(cost, twins)) << "seed " << seed;
  }
  EXPECT_GT(with_orders, 550);
}

bool no_more(double a, double b) { return a <= b + 1e-9 * std::max(std::abs(a), std::abs(b)); }

/// For each of `points` one of `cover` is as good in all.
bool covers(const std::vector<Triple>& cover, const std::vector<Triple>& points) {
  return std::all_of(points.begin(), points.end(), [&](const Triple& p) {
    return std::any_of(cover.begin(), cover.end(), [&](const Triple& q) {
      return no_more(q.period_s, p.period_s) && no_more(q.energy_j, p.energy_j) && no_more(q.latency_s, p.latency_s);
    });
  });
}

TEST(Twins, SearchesThatKeepToThemFindTheWholeFrontier) {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const Problem problem{problem_with_twins(seed), {}};
    if (!runnable(problem.cost)) continue;
    const bool latency = seed % 4 == 0;
    std::vector<Triple> expected = brute_trail(problem.cost);
    if (!latency)
      for (Triple& point : expected) point.latency_s = 0;
    expected = undominated(std::move(expected));
    std::vector<Triple> found;
    for (const FrontierPoint& point : explore(problem, {.latency = latency}).points)
      found.push_back({point.score.period_s, point.score.energy_j, latency ? point.score.latency_s : 0});
    EXPECT_TRUE(covers(found, expected) && covers(expected, found)) << "seed " << seed;
  }
}

/// x feeds y and z, twice, and the second time z comes first: what stands in the place of y is y.
TEST(Twins, BranchesMayListTheirOperatorsInAnotherOrder) {
  const CostTable one = random_problem(1, {.operators = 4, .topology = Topology::diamond}).cost;
  int reordered = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const CostTable cost = shuffled(with_copies(one, {OpId(0), OpId(1), OpId(2)}, 1), seed);
    const auto same_figures = [&](OpId a, OpId b) {
      return cost.compute_s(a, ModeId(0)) == cost.compute_s(b, ModeId(0));
    };
    const std::vector<TwinBranches> twins = twin_branches(cost);
    ASSERT_EQ(twins.size(), 1U) << "seed " << seed;
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_TRUE(same_figures(twins.front().first[i], twins.front().later[i])) << "seed " << seed;
    EXPECT_LT(twins.front().first.front(), twins.front().later.front());
    reordered += !same_figures(OpId(1), OpId(2)) && !same_figures(OpId(0), OpId(1));
  }
  EXPECT_GT(reordered, 20);
}

/// Heads of `length` operators each, between an operator that feeds all and one that reads all.
CostTable heads(std::size_t count, std::size_t length) {
  const CostTable one = random_problem(1, {.operators = length + 2, .topology = Topology::chain}).cost;
  std::vector<OpId> branch;
  for (std::size_t i = 1; i <= length; ++i) branch.emplace_back(i);
  return with_copies(one, branch, count - 1);
}

TEST(Twins, TheMiddleOfEachBranchWaitsForThatOfTheOneBefore) {
  const CostTable cost = heads(12, 3);
  EXPECT_EQ(twin_branches(cost).size(), 11U);
  // Of 4^12: branches up to one have passed their middle, those after it have not.
  EXPECT_EQ(Lattice::up_to_twins(cost, 1'000'000)->size(), 2U + 13 * (1U << 12));
}

TEST(Twins, BranchesWithinBranchesAreOrderedToo) {
  const CostTable inner = random_problem(1, {.operators = 5, .topology = Topology::chain}).cost;
  const CostTable cost = with_copies(with_copies(inner, {OpId(2)}, 1), {OpId(1), OpId(2), OpId(3), OpId(4)}, 2);
  EXPECT_EQ(twin_branches(cost).size(), 2U + 3U);
}

TEST(Twins, WhatDiffersInAnyFigureIsLeftAlone) {
  const CostTable cost = heads(2, 2);
  ASSERT_EQ(twin_branches(cost).size(), 1U);
  const OpId later = twin_branches(cost).front().later.front();
  const ModeId mode(0);
  for (const auto table : {&CostTable::compute_s, &CostTable::compute_j}) {
    CostTable other = cost;
    (other.*table)(later, mode) += 1;
    EXPECT_TRUE(twin_branches(other).empty());
  }
  for (const auto table : {&CostTable::transfer_s, &CostTable::transfer_j, &CostTable::transfer_bytes}) {
    CostTable other = cost;
    (other.*table)(cost.outputs[later].front(), mode) += 1;
    EXPECT_TRUE(twin_branches(other).empty());
  }
  for (const auto table : {&CostTable::weight_bytes, &CostTable::live_bytes}) {
    CostTable other = cost;
    (other.*table)(later, mode) += 1;
    for (const ClassId device : other.classes.ids()) other.classes[device].memory_bytes = kCannot;
    for (ModeCost& how : other.modes) how.resident_bytes = kCannot;
    EXPECT_EQ(twin_branches(other).size(), 1U);  // no stage could overflow
    for (const ClassId device : other.classes.ids()) other.classes[device].memory_bytes = 30;
    EXPECT_TRUE(twin_branches(other).empty());
  }
  CostTable other = cost;
  other.tensors[cost.outputs[later].front()].leaves ^= true;
  EXPECT_TRUE(twin_branches(other).empty());
}

/// Three branches of two operators: what the first of a branch reads, the second of the next one reads too. They look
/// alike, and could take each other's places only all three at once.
TEST(Twins, BranchesThatOnlyTurnInACircleAreLeftAlone) {
  CostTable cost =
      with_copies(random_problem(1, {.operators = 4, .topology = Topology::chain}).cost, {OpId(1), OpId(2)}, 2);
  ASSERT_EQ(twin_branches(cost).size(), 2U);
  const std::vector<OpId> first{OpId(1), OpId(2), OpId(3)};
  const std::vector<OpId> second{OpId(4), OpId(5), OpId(6)};
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<OpId> readers{first[i], second[(i + 1) % 3]};
    const TensorId read = cost.tensors.push_back({OpId(), readers, false});
    for (const OpId reader : readers) cost.inputs[reader].push_back(read);
  }
  for (const auto table : {&CostTable::transfer_s, &CostTable::transfer_j, &CostTable::transfer_bytes}) {
    auto wider = Table<TensorId, ModeId, double>(cost.tensors.size(), cost.modes.size(), 1.0);
    for (std::size_t tensor = 0; tensor + 3 < cost.tensors.size(); ++tensor)
      for (const ModeId mode : cost.modes.ids()) wider(TensorId(tensor), mode) = (cost.*table)(TensorId(tensor), mode);
    cost.*table = wider;
  }
  EXPECT_TRUE(twin_branches(cost).empty());
}

}  // namespace
}  // namespace cleave
