// Neither pipelines nor engines allocate for a batch, but for oneDNN, which does for the arguments of each of its
// kernels: every operator new of this program is counted (counting_new.cpp).
#include "runtime/counting_new.hpp"
#include "runtime/random_inputs.hpp"

#include <cleave/cluster.hpp>
#include <cleave/network.hpp>
#include <cleave/runtime.hpp>

#include <gtest/gtest.h>

#include <algorithm>

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

/// What an engine allocates in ten batches, after the first.
struct EngineCounts {
  std::size_t onednn = 0, others = 0;
};

EngineCounts count(const Network& network, Backend& engine) {
  const Graph& graph = *network.graph;
  const std::vector<Tensor> values = random_inputs(graph, 1);
  const StageSpec spec = make_stage_spec(network, unsplit_plan(network).stages[0].operators);
  std::vector<const Tensor*> inputs;
  for (const ValueId input : spec.inputs)
    inputs.push_back(&values[static_cast<std::size_t>(std::ranges::find(graph.inputs, input) - graph.inputs.begin())]);
  std::vector<Tensor> results;
  for (const ValueId output : spec.outputs) results.emplace_back(graph.values[output].type, graph.values[output].shape);
  std::vector<Tensor*> outputs;
  for (Tensor& result : results) outputs.push_back(&result);
  engine.prepare(spec);
  engine.run(inputs, outputs);
  const std::size_t all = allocations(), onednn = allocations_of_onednn();
  for (int batch = 0; batch < 10; ++batch) engine.run(inputs, outputs);
  const std::size_t made_by_onednn = allocations_of_onednn() - onednn;
  return {made_by_onednn, allocations() - all - made_by_onednn};
}

void expect_none_of_ours(const std::string& name) {
  const Network network = read_network(name);
  const std::vector<std::vector<Tensor>> inputs = {random_inputs(*network.graph, 2)};
  const Ranges ranges = observe_ranges(network, inputs);
  EXPECT_EQ(count(network, *make_cpu_backend()).others, 0U);
  if (cpu_computes(Precision::bf16)) {
    EXPECT_EQ(count(network, *make_cpu_bf16_backend()).others, 0U);
  }
  if (cpu_computes(Precision::int8)) {
    EXPECT_EQ(count(network, *make_cpu_int8_backend(ranges)).others, 0U);
  }
  const auto chip = make_cim_backend({read_profile("cim_isaac_ce")}, ranges, {});
  const bool runs = std::ranges::all_of(
      network.graph->nodes, [&](const Node& node) { return chip->unsupported(*network.graph, node).empty(); });
  if (runs) {
    EXPECT_EQ(count(network, *chip).others, 0U);
  }
}

TEST(EngineAllocations, OfSmallConvolutionalNetworks) {
  expect_none_of_ours("zoo:squeezenet");
  expect_none_of_ours("zoo:mobilenetv2");
}

TEST(SlowEngineAllocations, OfLargeNetworks) {
  for (const char* name : {"zoo:resnet50", "zoo:inceptionv3", "zoo:bert-base", "zoo:vit-b16"})
    expect_none_of_ours(name);
}

}  // namespace
}  // namespace cleave
