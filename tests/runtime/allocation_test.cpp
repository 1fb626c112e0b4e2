// Pipelines allocate nothing for a batch (oneDNN does, for the arguments of each kernel): every operator new of this
// program is counted (counting_new.cpp).
#include "runtime/counting_new.hpp"
#include "runtime/random_inputs.hpp"

#include <cleave/network.hpp>
#include <cleave/runtime.hpp>

#include <gtest/gtest.h>

namespace cleave {
namespace {

/// The first and the second half of a network's operators, the second one twice.
Plan halves(const Network& network) {
  Plan plan{{{.mode = ModeId(0), .operators = {}}, {.mode = ModeId(1), .replicas = 2, .operators = {}}}};
  for (const OpId op : network.operators.ids())
    plan.stages[op.at() < network.operators.size() / 2 ? 0 : 1].operators.push_back(op);
  return plan;
}

/// Allocations between the results of batch 20 and 120, and of 220.
struct Counts {
  std::size_t first = 0, second = 0;
};

Counts count(const RunOptions& how) {
  RunOptions options = how;
  options.batches = 230;
  const Network network = read_network("zoo:vgg8");
  const std::vector<std::vector<Tensor>> inputs = {random_inputs(*network.graph, 1), random_inputs(*network.graph, 2)};
  Executor executor(
      network, halves(network), [](ModeId) { return make_idle_backend(); }, options);
  std::size_t at[3] = {};
  executor.run(inputs, [&](std::size_t index, std::span<const Tensor>) {
    if (index == 20) at[0] = allocations();
    if (index == 120) at[1] = allocations();
    if (index == 220) at[2] = allocations();
  });
  return {at[1] - at[0], at[2] - at[1]};
}

TEST(ExecutorAllocations, ABatchAllocatesNothing) {
  const Counts counts = count({});
  EXPECT_EQ(counts.first, 0U);
  EXPECT_EQ(counts.second, 0U);
}

TEST(ExecutorAllocations, NorDoesItWhenTraced) {
  const Counts counts = count({.trace = true});
  EXPECT_EQ(counts.first, 0U);
  EXPECT_EQ(counts.second, 0U);
}

TEST(ExecutorAllocations, NorDoesItWhenPaced) {
  const DevicePace pace{.passes = {{1e-5, 1e-4, 1e-5}}};
  const Counts counts = count({.pace = {pace, pace}});
  EXPECT_EQ(counts.first, 0U);
  EXPECT_EQ(counts.second, 0U);
}

}  // namespace
}  // namespace cleave
