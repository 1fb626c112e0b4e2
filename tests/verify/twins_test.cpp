// Orders of branches that could change places: those that the verifier takes lose no score, by brute force.
#include "verify/twins.hpp"

#include "search/random_problem.hpp"
#include "search/twin_problems.hpp"
#include "search/twins.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace cleave::verify {
namespace {

using testing::HasSubstr;
using testing_support::loses_no_score;
using testing_support::problem_with_twins;
using testing_support::random_problem;
using testing_support::Topology;
using testing_support::with_copies;

TEST(VerifyTwins, TakesThoseOfTheSearch) {
  std::size_t taken = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const CostTable cost = problem_with_twins(seed);
    const std::vector<TwinBranches> twins = twin_branches(cost);
    ASSERT_EQ(flaw_of(cost, twins), "") << "seed " << seed;
    taken += twins.size();
  }
  EXPECT_GT(taken, 550U);
}

/// True ones in another order, turned round, with other leaders or operators, and pairs that are made up.
std::vector<TwinBranches> altered(const CostTable& cost, std::vector<TwinBranches> twins, std::mt19937_64& random) {
  const auto any = [&](std::size_t count) { return random() % count; };
  for (std::size_t changes = 1 + any(2); changes-- > 0;) {
    if (twins.empty() || any(5) == 0) {
      twins.push_back({{OpId(any(cost.operator_count()))}, {OpId(any(cost.operator_count()))}});
      continue;
    }
    TwinBranches& one = twins[any(twins.size())];
    const std::size_t leader = any(one.first.size());
    switch (any(6)) {
      case 0:
        std::swap(one.first, one.later);
        break;
      case 1:
        std::swap(one.first.front(), one.first[leader]);
        std::swap(one.later.front(), one.later[leader]);
        break;
      case 2:
        std::swap(one.first.front(), one.first[leader]);
        break;
      case 3:
        (any(2) ? one.first : one.later)[leader] = OpId(any(cost.operator_count()));
        break;
      case 4:
        if (one.first.size() == 1) break;
        one.first.erase(one.first.begin() + static_cast<std::ptrdiff_t>(leader));
        one.later.erase(one.later.begin() + static_cast<std::ptrdiff_t>(leader));
        break;
      default:
        std::shuffle(twins.begin(), twins.end(), random);
        twins.push_back(twins.front());
    }
  }
  return twins;
}

TEST(VerifyTwins, WhatItTakesLosesNoScore) {
  std::mt19937_64 random(1);
  int taken = 0;
  int would_lose = 0;
  for (std::uint64_t seed = 0; seed < 1200; ++seed) {
    const CostTable cost = problem_with_twins(seed);
    for (int i = 0; i < 5; ++i) {
      const std::vector<TwinBranches> twins = altered(cost, twin_branches(cost), random);
      if (flaw_of(cost, twins).empty()) {
        ++taken;
        ASSERT_TRUE(loses_no_score(cost, twins)) << "seed " << seed << ", change " << i;
      } else {
        would_lose += !loses_no_score(cost, twins);
      }
    }
  }
  EXPECT_GT(taken, 500);
  EXPECT_GT(would_lose, 500);
}

/// Three heads of two operators.
CostTable heads() {
  return with_copies(random_problem(1, {.operators = 4, .topology = Topology::chain}).cost, {OpId(1), OpId(2)}, 2);
}

TEST(VerifyTwins, SaysWhatIsWrong) {
  const CostTable cost = heads();
  const std::vector<TwinBranches> good = twin_branches(cost);
  ASSERT_EQ(good.size(), 2U);
  const auto flaw = [&](auto&& spoil) {
    std::vector<TwinBranches> bad = good;
    spoil(bad);
    return flaw_of(cost, bad);
  };
  EXPECT_THAT(flaw([](auto& bad) { bad[0].later.pop_back(); }), HasSubstr("2 and 1 operators"));
  EXPECT_THAT(flaw([](auto& bad) { bad[0].first.clear(), bad[0].later.clear(); }), HasSubstr("0 and 0 operators"));
  EXPECT_THAT(flaw([](auto& bad) { bad[0].later[1] = OpId(8); }), HasSubstr("operator 8 of 8"));
  EXPECT_THAT(flaw([](auto& bad) { bad[0].later[1] = bad[0].first[0]; }), HasSubstr("twice"));
  EXPECT_THAT(flaw([](auto& bad) { bad[0].later[1] = OpId(7); }), HasSubstr("other costs"));
  EXPECT_THAT(flaw([](auto& bad) { bad[0].first.pop_back(), bad[0].later.pop_back(); }), HasSubstr("other ways"));
  EXPECT_THAT(flaw([](auto& bad) { std::swap(bad[0], bad[1]); }), HasSubstr("others move before"));
}

TEST(VerifyTwins, AnyFigureAloneTellsBranchesApart) {
  const CostTable cost = heads();
  const std::vector<TwinBranches> twins = twin_branches(cost);
  const OpId op = twins.front().later.front();
  const TensorId tensor = cost.outputs[op].front();
  for (const ModeId mode : cost.modes.ids()) {
    for (const auto table : {&CostTable::compute_s, &CostTable::compute_j}) {
      CostTable other = cost;
      (other.*table)(op, mode) += 1;
      EXPECT_THAT(flaw_of(other, twins), HasSubstr("other costs"));
    }
    for (const auto table : {&CostTable::transfer_s, &CostTable::transfer_j, &CostTable::transfer_bytes}) {
      CostTable other = cost;
      (other.*table)(tensor, mode) += 1;
      EXPECT_THAT(flaw_of(other, twins), HasSubstr("other ways"));
    }
  }
  CostTable other = cost;
  other.tensors[tensor].leaves = true;
  EXPECT_THAT(flaw_of(other, twins), HasSubstr("other ways"));
}

/// Memory alone tells two branches apart, where it can run out.
TEST(VerifyTwins, BytesCountWhereSomeStageMayNotFit) {
  CostTable cost = heads();
  const std::vector<TwinBranches> twins = twin_branches(cost);
  for (const auto table : {&CostTable::weight_bytes, &CostTable::live_bytes}) {
    CostTable other = cost;
    (other.*table)(twins.front().later.front(), ModeId(0)) += 1;
    for (ClassCost& device : other.classes) device.memory_bytes = kCannot;
    for (ModeCost& how : other.modes) how.resident_bytes = kCannot;
    EXPECT_EQ(flaw_of(other, twins), "");
    for (ClassCost& device : other.classes) device.memory_bytes = 30;
    EXPECT_THAT(flaw_of(other, twins), HasSubstr("other costs"));
    for (ClassCost& device : other.classes) device.memory_bytes = kCannot;
    for (ModeCost& how : other.modes) how.resident_bytes = 0;
    EXPECT_THAT(flaw_of(other, twins), HasSubstr("other costs"));
  }
}

}  // namespace
}  // namespace cleave::verify
