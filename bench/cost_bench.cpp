// Times the cost models alone. The answer is proven first: the table holds what `operator_cost` says.
#include "costmodel/operator_cost.hpp"

#include <cleave/cleave.hpp>

#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

namespace {

using namespace cleave;

/// Every shipped device at one precision each, alone or together.
Cluster all_devices(std::size_t precision) {
  Cluster cluster{.name = "all", .title = "every shipped device", .classes = {}};
  for (const std::string& name : shipped_profiles()) {
    const Profile profile = read_profile(name);
    const Precision chosen = profile.precisions[precision % profile.precisions.size()];
    cluster.classes.push_back(
        {.name = name, .profile = profile, .idle_w = profile.numbers.at("idle_w"), .precision = chosen});
  }
  return cluster;
}

bool equals_one_by_one(const Network& network, const Cluster& cluster, const CostTable& table) {
  for (const ModeId mode : table.modes.ids()) {
    const DeviceClass& device = cluster.classes[table.modes[mode].device_class];
    for (const OpId op : network.operators.ids())
      if (operator_cost(network, op, *device.profile, device.precision).seconds != table.compute_s(op, mode))
        return false;
  }
  return true;
}

/// ResNet-50 on all devices, at 3 precisions and 5 batches.
void tables(benchmark::State& state) {
  std::vector<Network> networks;
  for (const std::int64_t batch : {1, 2, 4, 8, 16}) networks.push_back(read_network("zoo:resnet50", {.batch = batch}));
  const std::vector<Cluster> clusters = {all_devices(0), all_devices(1), all_devices(2)};
  if (!equals_one_by_one(networks[1], clusters[1], make_cost_table(networks[1], clusters[1]))) {
    state.SkipWithError("the table differs from the model");
    return;
  }
  for (auto _ : state)
    for (const Network& network : networks)
      for (const Cluster& cluster : clusters) benchmark::DoNotOptimize(make_cost_table(network, cluster));
  const auto evaluations =
      networks.size() * clusters.size() * networks[0].operators.size() * clusters[0].classes.size();
  state.counters["operators/s"] =
      benchmark::Counter(static_cast<double>(evaluations), benchmark::Counter::kIsIterationInvariantRate);
}
/// The models of one kind of device alone: operators of ResNet-50, again and again.
void evaluations(benchmark::State& state, const std::string& profile_name) {
  const Network network = read_network("zoo:resnet50");
  const Profile profile = read_profile(profile_name);
  const CostModel model = make_cost_model(profile, profile.precisions.front());
  std::vector<Work> works;
  for (const OpId op : network.operators.ids()) works.push_back(work_of(network, op, profile.precisions.front()));
  for (auto _ : state)
    for (const Work& work : works) benchmark::DoNotOptimize(model(work).seconds);
  state.counters["operators/s"] =
      benchmark::Counter(static_cast<double>(works.size()), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK_CAPTURE(evaluations, gpu, "gpu_t4");
BENCHMARK_CAPTURE(evaluations, npu, "npu_tpu_v1");
BENCHMARK_CAPTURE(evaluations, cim, "cim_neurosim_rram22");
BENCHMARK_CAPTURE(evaluations, fpga, "fpga_zcu102_dpu");
BENCHMARK_CAPTURE(evaluations, pim, "pim_aim");

BENCHMARK(tables)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
