#include "devices/sample.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace cleave {
namespace {

TEST(Sample, TriangularQuantiles) {
  const Quantity linear{.value = 0, .low = 0, .high = 4};
  EXPECT_DOUBLE_EQ(drawn(linear, 0), 0);
  EXPECT_DOUBLE_EQ(drawn(linear, 1), 4);
  EXPECT_DOUBLE_EQ(drawn(linear, 0.75), 2);  // 1 - (1 - 2/4)^2 of a falling triangle
  const Quantity logarithmic{.value = 10, .low = 1, .high = 100};
  EXPECT_NEAR(drawn(logarithmic, 0.5), 10, 1e-9);
  EXPECT_EQ(drawn({.value = 3, .low = 3, .high = 3}, 0.9), 3);
}

TEST(Sample, StaysInTheIntervalsAndRepeats) {
  const Cluster cluster = read_cluster("edge_box");
  bool differs = false;
  for (std::uint64_t index = 0; index < 20; ++index) {
    const Cluster one = sample_cluster(cluster, 1, index), again = sample_cluster(cluster, 1, index);
    for (const ClassId id : cluster.classes.ids()) {
      if (!one.classes[id].profile) continue;
      for (const auto& [name, number] : one.classes[id].profile->numbers) {
        EXPECT_GE(number.value, number.low) << name;
        EXPECT_LE(number.value, number.high) << name;
        EXPECT_EQ(number.value, again.classes[id].profile->number(name));
        differs = differs || number.value != cluster.classes[id].profile->number(name);
      }
      EXPECT_GE(one.classes[id].idle_w.value, one.classes[id].idle_w.low);
    }
  }
  EXPECT_TRUE(differs);
}

TEST(Sample, DevicesOfOneProfileErrTogether) {
  Cluster cluster = read_cluster("gpu4");
  DeviceClass twin = cluster.classes[ClassId(0)];
  twin.name = "twin";
  const ClassId second = cluster.classes.push_back(twin);
  const Cluster one = sample_cluster(cluster, 3, 5);
  for (const auto& [name, number] : one.classes[ClassId(0)].profile->numbers)
    EXPECT_EQ(number.value, one.classes[second].profile->number(name)) << name;
  EXPECT_EQ(one.classes[ClassId(0)].idle_w.value, one.classes[second].idle_w.value);
}

}  // namespace
}  // namespace cleave
