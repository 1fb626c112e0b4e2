/// What a plan says that its stages need is what engines and queues allocate for them.

#include "runtime/cpu/winograd.hpp"
#include "runtime/random_inputs.hpp"

#include <cleave/cluster.hpp>
#include <cleave/cost_table.hpp>
#include <cleave/network.hpp>
#include <cleave/plan.hpp>
#include <cleave/runtime.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace cleave {
namespace {

/// Two processors that know how this one computes convolutions in tiles.
Cluster two_of_this(const cpu::WinogradLimits& limits) {
  DeviceClass device;
  device.name = "core";
  device.count = 2;
  Profile profile = read_profile("cpu_xeon_8380");
  profile.numbers["winograd_tile"].value = static_cast<double>(limits.tile);
  profile.numbers["winograd_channels"].value = static_cast<double>(limits.channels);
  profile.numbers["winograd_tiles"].value = static_cast<double>(limits.tiles);
  device.profile = profile;
  Cluster cluster;
  cluster.classes = {device};
  return cluster;
}

Plan halves(const Network& network) {
  Plan plan{{{.mode = ModeId(0), .operators = {}}, {.mode = ModeId(0), .operators = {}}}};
  for (const OpId op : network.operators.ids())
    plan.stages[op.at() < network.operators.size() / 2 ? 0 : 1].operators.push_back(op);
  return plan;
}

/// Bytes that were allocated over bytes that were planned.
double held_to_planned(const std::string& name, const Cluster& cluster) {
  const Network network = read_network(name);
  const Plan plan = halves(network);
  const Score score = evaluate(make_cost_table(network, cluster), plan);
  Executor executor(network, plan, [](ModeId) { return make_cpu_backend(); }, {.batches = 1, .warmup = 0, .lone = 0});
  const std::vector<std::vector<Tensor>> inputs = {random_inputs(*network.graph, 1)};
  const RunReport report = executor.run(inputs, [](std::size_t, std::span<const Tensor>) {});
  double held = 0, planned = 0;
  for (const WorkerReport& worker : report.workers) {
    held += static_cast<double>(worker.held_bytes.value());
    planned += score.stages[worker.stage].memory_bytes;
  }
  return held / planned;
}

TEST(HeldMemory, IsWhatThePlanSays) {
  const auto limits = cpu::winograd_limits();
  if (!limits) GTEST_SKIP() << "this CPU computes no convolutions in tiles: others than planned pack their weights";
  const Cluster cluster = two_of_this(*limits);
  for (const char* name : {"zoo:mobilenetv2", "zoo:squeezenet", "zoo:resnet18", "zoo:vgg8", "zoo:inceptionv3"})
    EXPECT_NEAR(held_to_planned(name, cluster), 1, 0.15) << name;
}

TEST(HeldMemory, IsNotKnownOfEnginesThatDoNotCount) {
  const Network network = read_network("zoo:vgg8");
  Executor executor(network, halves(network), [](ModeId) { return make_idle_backend(); }, {.batches = 1});
  const std::vector<std::vector<Tensor>> inputs = {random_inputs(*network.graph, 1)};
  const RunReport report = executor.run(inputs, [](std::size_t, std::span<const Tensor>) {});
  for (const WorkerReport& worker : report.workers) EXPECT_EQ(worker.held_bytes, std::nullopt);
}

}  // namespace
}  // namespace cleave
