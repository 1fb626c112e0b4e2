// Orders of alike branches: no score is lost, and lattices get smaller.
#include "search/twins.hpp"

#include "search/brute_trail.hpp"
#include "search/lattice.hpp"
#include "search/random_problem.hpp"

#include <cleave/explore.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace cleave {
namespace {

using testing_support::brute_trail;
using testing_support::every_trail;
using testing_support::random_problem;
using testing_support::runnable;
using testing_support::score_of;
using testing_support::Topology;
using testing_support::Triple;
using testing_support::undominated;

/// The problem with `copies` of some of its operators, which read what these read and are read by who reads these.
CostTable with_copies(const CostTable& of, const std::vector<OpId>& branch, std::size_t copies) {
  const auto times = [&](OpId op) {
    return std::count(branch.begin(), branch.end(), op) > 0 ? copies + 1 : std::size_t{1};
  };
  CostTable cost = of;
  IndexVector<OpId, std::size_t> first;
  std::vector<OpId> origin;
  for (const OpId op : of.inputs.ids()) {
    first.push_back(origin.size());
    origin.insert(origin.end(), times(op), op);
  }
  cost.inputs = cost.outputs = IndexVector<OpId, std::vector<TensorId>>(origin.size());
  cost.tensors = {};
  std::vector<TensorId> tensor_origin;
  for (const TensorId tensor : of.tensors.ids()) {
    const TensorUse& use = of.tensors[tensor];
    for (std::size_t copy = 0; copy < (use.producer.valid() ? times(use.producer) : 1); ++copy) {
      TensorUse own{use.producer.valid() ? OpId(first[use.producer] + copy) : OpId(), {}, use.leaves};
      const bool inside = use.producer.valid() && times(use.producer) > 1;
      for (const OpId reader : use.consumers)
        for (std::size_t i = 0; i < times(reader); ++i)
          if (!inside || times(reader) == 1 || i == copy) own.consumers.emplace_back(first[reader] + i);
      const TensorId id = cost.tensors.push_back(own);
      tensor_origin.push_back(tensor);
      if (own.producer.valid()) cost.outputs[own.producer].push_back(id);
      for (const OpId reader : own.consumers) cost.inputs[reader].push_back(id);
    }
  }
  using ByOperator = Table<OpId, ModeId, double>;
  using ByTensor = Table<TensorId, ModeId, double>;
  for (ByOperator CostTable::*table :
       {&CostTable::compute_s, &CostTable::compute_j, &CostTable::weight_bytes, &CostTable::live_bytes}) {
    cost.*table = ByOperator(origin.size(), of.modes.size());
    for (const OpId op : cost.inputs.ids())
      for (const ModeId mode : of.modes.ids()) (cost.*table)(op, mode) = (of.*table)(origin[op.at()], mode);
  }
  for (ByTensor CostTable::*table : {&CostTable::transfer_s, &CostTable::transfer_j, &CostTable::transfer_bytes}) {
    cost.*table = ByTensor(tensor_origin.size(), of.modes.size());
    for (const TensorId tensor : cost.tensors.ids())
      for (const ModeId mode : of.modes.ids())
        (cost.*table)(tensor, mode) = (of.*table)(tensor_origin[tensor.at()], mode);
  }
  return cost;
}

/// The same problem with its operators in another order, in which data flows too.
CostTable shuffled(const CostTable& of, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<OpId> order;  // the operator that is there now
  IndexVector<OpId, std::size_t> place(of.operator_count(), of.operator_count());
  const auto ready = [&](OpId op) {
    return place[op] == of.operator_count() &&
           std::all_of(of.inputs[op].begin(), of.inputs[op].end(), [&](TensorId tensor) {
             const OpId producer = of.tensors[tensor].producer;
             return !producer.valid() || place[producer] < of.operator_count();
           });
  };
  while (order.size() < of.operator_count()) {
    std::vector<OpId> next;
    for (const OpId op : of.inputs.ids())
      if (ready(op)) next.push_back(op);
    const OpId chosen = next[engine() % next.size()];
    place[chosen] = order.size();
    order.push_back(chosen);
  }
  CostTable cost = of;
  for (const OpId op : cost.inputs.ids()) {
    cost.inputs[op] = of.inputs[order[op.at()]];
    cost.outputs[op] = of.outputs[order[op.at()]];
    for (const auto table :
         {&CostTable::compute_s, &CostTable::compute_j, &CostTable::weight_bytes, &CostTable::live_bytes})
      for (const ModeId mode : of.modes.ids()) (cost.*table)(op, mode) = (of.*table)(order[op.at()], mode);
  }
  for (TensorUse& use : cost.tensors) {
    if (use.producer.valid()) use.producer = OpId(place[use.producer]);
    for (OpId& reader : use.consumers) reader = OpId(place[reader]);
    std::sort(use.consumers.begin(), use.consumers.end());
  }
  return cost;
}

/// Three operators or four, of which one, or one and who reads it, have a copy or two.
CostTable problem_with_twins(std::uint64_t seed) {
  const std::size_t operators = 3 + seed % 2;
  const CostTable one =
      random_problem(seed, {.operators = operators, .max_devices = 3, .topology = static_cast<Topology>(seed / 2 % 4)})
          .cost;
  std::vector<OpId> branch{OpId(seed / 8 % operators)};
  for (const TensorId tensor : one.outputs[branch.front()])
    for (const OpId reader : one.tensors[tensor].consumers)
      if (branch.size() < 1 + seed % 3 && std::count(branch.begin(), branch.end(), reader) == 0)
        branch.push_back(reader);
  CostTable cost = shuffled(with_copies(one, branch, branch.size() == 1 ? 1 + seed % 2 : 1), seed);
  if (seed % 5 == 0) testing_support::add_links(cost, seed);
  return cost;
}

bool keeps(const CostTable& cost, const Plan& plan, const std::vector<TwinOrder>& orders) {
  std::vector<std::size_t> stage_of(cost.operator_count());
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (const OpId op : plan.stages[s].operators) stage_of[op.at()] = s;
  return std::all_of(orders.begin(), orders.end(),
                     [&](const TwinOrder& order) { return stage_of[order.first.at()] <= stage_of[order.later.at()]; });
}

bool same(const Triple& a, const Triple& b) {
  const auto near = [](double x, double y) { return std::abs(x - y) <= 1e-9 * std::max(std::abs(x), std::abs(y)); };
  return near(a.period_s, b.period_s) && near(a.energy_j, b.energy_j) && near(a.latency_s, b.latency_s);
}

TEST(Twins, EveryScoreHasAPlanThatKeepsToAllOrders) {
  int with_orders = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const CostTable cost = problem_with_twins(seed);
    const std::vector<TwinOrder> orders = twin_orders(cost);
    with_orders += !orders.empty();
    std::vector<Triple> kept;
    std::vector<Triple> lost;
    for (const Plan& plan : every_trail(cost)) {
      const auto score = score_of(cost, plan);
      if (!score) continue;
      (keeps(cost, plan, orders) ? kept : lost).push_back(*score);
    }
    for (const Triple& score : lost)
      ASSERT_TRUE(std::any_of(kept.begin(), kept.end(), [&](const Triple& other) { return same(score, other); }))
          << "seed " << seed;
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
    const std::vector<TwinOrder> orders = twin_orders(cost);
    ASSERT_EQ(orders.size(), 1U) << "seed " << seed;
    EXPECT_TRUE(same_figures(orders.front().first, orders.front().later)) << "seed " << seed;
    EXPECT_LT(orders.front().first, orders.front().later);
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
  EXPECT_EQ(twin_orders(cost).size(), 11U);
  // Of 4^12: branches up to one have passed their middle, those after it have not.
  EXPECT_EQ(Lattice::up_to_twins(cost, 1'000'000)->size(), 2U + 13 * (1U << 12));
}

TEST(Twins, BranchesWithinBranchesAreOrderedToo) {
  const CostTable inner = random_problem(1, {.operators = 5, .topology = Topology::chain}).cost;
  const CostTable cost = with_copies(with_copies(inner, {OpId(2)}, 1), {OpId(1), OpId(2), OpId(3), OpId(4)}, 2);
  EXPECT_EQ(twin_orders(cost).size(), 2U + 3U);
}

TEST(Twins, WhatDiffersInAnyFigureIsLeftAlone) {
  const CostTable cost = heads(2, 2);
  ASSERT_EQ(twin_orders(cost).size(), 1U);
  const OpId later = twin_orders(cost).front().later;
  const ModeId mode(0);
  for (const auto table : {&CostTable::compute_s, &CostTable::compute_j}) {
    CostTable other = cost;
    (other.*table)(later, mode) += 1;
    EXPECT_TRUE(twin_orders(other).empty());
  }
  for (const auto table : {&CostTable::transfer_s, &CostTable::transfer_j, &CostTable::transfer_bytes}) {
    CostTable other = cost;
    (other.*table)(cost.outputs[later].front(), mode) += 1;
    EXPECT_TRUE(twin_orders(other).empty());
  }
  for (const auto table : {&CostTable::weight_bytes, &CostTable::live_bytes}) {
    CostTable other = cost;
    (other.*table)(later, mode) += 1;
    for (const ClassId device : other.classes.ids()) other.classes[device].memory_bytes = kCannot;
    for (ModeCost& how : other.modes) how.resident_bytes = kCannot;
    EXPECT_EQ(twin_orders(other).size(), 1U);  // no stage could overflow
    for (const ClassId device : other.classes.ids()) other.classes[device].memory_bytes = 30;
    EXPECT_TRUE(twin_orders(other).empty());
  }
  CostTable other = cost;
  other.tensors[cost.outputs[later].front()].leaves ^= true;
  EXPECT_TRUE(twin_orders(other).empty());
}

/// Three branches of two operators: what the first of a branch reads, the second of the next one reads too. They look
/// alike, and could take each other's places only all three at once.
TEST(Twins, BranchesThatOnlyTurnInACircleAreLeftAlone) {
  CostTable cost =
      with_copies(random_problem(1, {.operators = 4, .topology = Topology::chain}).cost, {OpId(1), OpId(2)}, 2);
  ASSERT_EQ(twin_orders(cost).size(), 2U);
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
  EXPECT_TRUE(twin_orders(cost).empty());
}

}  // namespace
}  // namespace cleave
