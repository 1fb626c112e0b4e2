#include "devices/energy_origin.hpp"

#include <gtest/gtest.h>

namespace cleave {
namespace {

TEST(EnergyOrigin, ShippedClustersAreModeled) {
  for (const std::string& name : shipped_clusters()) EXPECT_EQ(energy_origin(read_cluster(name)), "modeled") << name;
}

TEST(EnergyOrigin, OneEstimatedEnergyMakesItEstimated) {
  Profile profile = read_profile("cpu_rpi4b");
  profile.numbers.at("launch_s").source = "estimated: no time was measured";
  EXPECT_EQ(energy_origin(profile), "modeled");
  profile.numbers.at("j_per_flop_fp32").source = "estimated: no energy was measured";
  EXPECT_EQ(energy_origin(profile), "estimated");
  Cluster cluster = read_cluster("edge4");
  cluster.classes[ClassId(0)].profile = profile;
  EXPECT_EQ(energy_origin(cluster), "estimated");
}

TEST(EnergyOrigin, IdlePowerOfTheClusterCountsToo) {
  Cluster cluster = read_cluster("edge4");
  cluster.classes[ClassId(1)].idle_w.source = "estimated";
  EXPECT_EQ(energy_origin(cluster), "estimated");
}

}  // namespace
}  // namespace cleave
