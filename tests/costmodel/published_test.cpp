#include "costmodel/operator_cost.hpp"

#include <cleave/plan.hpp>

#include <gtest/gtest.h>

namespace cleave {
namespace {

/// Period of the whole network on one device of the class `device`.
double seconds_alone(const std::string& model, const std::string& cluster_name, const std::string& device) {
  const Network network = read_network(model);
  const Cluster cluster = read_cluster(cluster_name);
  const CostTable table = make_cost_table(network, cluster);
  for (const ModeId mode : table.modes.ids()) {
    if (cluster.classes[table.modes[mode].device_class].name != device) continue;
    Stage stage{.mode = mode, .replicas = 1, .operators = {}};
    for (const OpId op : network.operators.ids()) stage.operators.push_back(op);
    return evaluate(table, Plan{{stage}}).latency_s;
  }
  ADD_FAILURE() << "no device " << device;
  return 0;
}

/// coral.ai, "Edge TPU performance benchmarks", table 1, USB accelerator at 224 x 224. VGG16 set the
/// reload rate of the profile; the other two are predictions.
TEST(Published, EdgeTpuBenchmarks) {
  EXPECT_NEAR(seconds_alone("zoo:vgg16", "coral4", "npu"), 0.296, 0.1 * 0.296);
  EXPECT_NEAR(seconds_alone("zoo:mobilenetv2", "coral4", "npu"), 0.0026, 0.35 * 0.0026);
  EXPECT_NEAR(seconds_alone("zoo:squeezenet", "coral4", "npu"), 0.0021, 0.35 * 0.0021);
}

/// A pipeline exists only where every operator has a device.
TEST(Published, EveryShippedClusterRunsResNet50Somewhere) {
  const Network network = read_network("zoo:resnet50");
  for (const std::string& name : shipped_clusters()) {
    const CostTable table = make_cost_table(network, read_cluster(name));
    for (const OpId op : network.operators.ids()) {
      bool runs = false;
      for (const ModeId mode : table.modes.ids()) runs = runs || table.compute_s(op, mode) < kCannot;
      EXPECT_TRUE(runs) << name << ' ' << network.operators[op].name;
    }
  }
}

/// The frontier needs a plan at all: weights of ResNet-50 fit where they cannot be reloaded.
TEST(Published, EightAnalogChipsHoldResNet50) {
  const Network network = read_network("zoo:resnet50");
  const CostTable table = make_cost_table(network, read_cluster("cim8"));
  double weights = 0;
  for (const OpId op : network.operators.ids()) weights += table.weight_bytes(op, ModeId(0));
  EXPECT_LT(weights, 8 * table.modes[ModeId(0)].resident_bytes);
  EXPECT_GT(weights, 4 * table.modes[ModeId(0)].resident_bytes) << "and they do not fit on half of them";
}

}  // namespace
}  // namespace cleave
