/// What a plan says that its stages need is what engines and queues allocate for them, and what the process takes.

#include "runtime/cpu/winograd.hpp"
#include "runtime/random_inputs.hpp"

#include <cleave/cluster.hpp>
#include <cleave/cost_table.hpp>
#include <cleave/network.hpp>
#include <cleave/plan.hpp>
#include <cleave/runtime.hpp>

#include <gtest/gtest.h>

#include <fstream>
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

/// Of this process: resident, the part of it that is files, and the most that was resident since `forget_peak`.
struct Resident {
  double all = 0, files = 0, peak = 0;
};

Resident resident_kib() {
  std::ifstream status("/proc/self/status");
  Resident resident;
  for (std::string name; status >> name; std::getline(status, name)) {
    if (name == "VmRSS:") status >> resident.all;
    if (name == "RssFile:") status >> resident.files;
    if (name == "VmHWM:") status >> resident.peak;
  }
  return resident;
}

/// False where the system has no such thing.
bool forget_peak() {
  std::ofstream file("/proc/self/clear_refs");
  return static_cast<bool>(file << 5 << std::flush);
}

/// Weights are in memory more than once while they are packed: for the largest that must not be at the very end.
TEST(PeakMemory, IsWhatThePlanSays) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers take memory of their own";
#endif
  const auto limits = cpu::winograd_limits();
  if (!limits) GTEST_SKIP() << "this CPU computes no convolutions in tiles: others than planned pack their weights";
  if (!forget_peak()) GTEST_SKIP() << "this system does not forget peaks";
  const Cluster cluster = two_of_this(*limits);
  for (const char* name : {"zoo:mobilenetv2", "zoo:resnet18"}) {
    const Network network = read_network(name);
    const Plan plan = halves(network);
    double planned = 0;
    for (const StageScore& stage : evaluate(make_cost_table(network, cluster), plan).stages)
      planned += stage.memory_bytes;
    const std::vector<std::vector<Tensor>> inputs = {random_inputs(*network.graph, 1)};
    const Resident before = resident_kib();
    ASSERT_TRUE(forget_peak());
    Executor executor(network, plan, [](ModeId) { return make_cpu_backend(); }, {.batches = 1, .warmup = 0, .lone = 0});
    executor.run(inputs, [](std::size_t, std::span<const Tensor>) {});
    const Resident after = resident_kib();
    const double taken = after.peak - before.all - (after.files - before.files);
    EXPECT_LT(taken * 1024, 1.15 * planned) << name;
  }
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
