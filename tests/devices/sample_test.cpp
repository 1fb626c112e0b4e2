#include "devices/sample.hpp"
#include "devices/fields.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

/// How many arrays a chip has is a design: with fewer than planned for, hardly a plan would run.
TEST(Sample, KeepsWholeNumbersOfTheDesign) {
  const Cluster cluster = read_cluster("edge4");
  const DeviceClass& chip = *std::ranges::find(cluster.classes, "cim", &DeviceClass::name);
  ASSERT_LT(chip.profile->numbers.at("arrays").low, chip.profile->number("arrays"));
  for (std::uint64_t index = 0; index < 20; ++index) {
    const Cluster one = sample_cluster(cluster, 1, index);
    for (const ClassId id : cluster.classes.ids())
      for (const Field& field : fields_of(cluster.classes[id].profile->kind)) {
        const std::string name(field.name);
        if (field.range != Range::count || !one.classes[id].profile->numbers.contains(name)) continue;
        EXPECT_EQ(one.classes[id].profile->number(name), cluster.classes[id].profile->number(name)) << name;
      }
  }
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

void expect_drawn(const Quantity& one, const Quantity& again, const Quantity& given) {
  EXPECT_GE(one.value, given.low);
  EXPECT_LE(one.value, given.high);
  EXPECT_EQ(one.value, again.value);
  if (given.low < given.high)
    EXPECT_NE(one.value, given.value);
  else
    EXPECT_EQ(one.value, given.value);
}

void expect_drawn(const Wire& one, const Wire& again, const Wire& given) {
  expect_drawn(one.bytes_per_s, again.bytes_per_s, given.bytes_per_s);
  expect_drawn(one.latency_s, again.latency_s, given.latency_s);
  expect_drawn(one.j_per_byte, again.j_per_byte, given.j_per_byte);
  expect_drawn(one.packet_bytes, again.packet_bytes, given.packet_bytes);
  expect_drawn(one.packet_overhead_bytes, again.packet_overhead_bytes, given.packet_overhead_bytes);
}

TEST(Sample, DrawsLinks) {
  const Cluster cluster = read_cluster("gpu4_nvlink");
  const Cluster one = sample_cluster(cluster, 1, 0), again = sample_cluster(cluster, 1, 0);
  ASSERT_EQ(one.links->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i)
    expect_drawn(one.links->at(i).wire, again.links->at(i).wire, cluster.links->at(i).wire);
}

TEST(Sample, DrawsNetworks) {
  const Cluster cluster = read_cluster("two_boxes");
  const Cluster one = sample_cluster(cluster, 1, 0), again = sample_cluster(cluster, 1, 0);
  ASSERT_EQ(one.networks.size(), 1U);
  expect_drawn(one.networks[0].wire, again.networks[0].wire, cluster.networks[0].wire);
}

TEST(Sample, DrawsSharedLinksOnceForAllMembers) {
  Cluster cluster = read_cluster("gpu4");
  const Quantity wide{.value = 3, .low = 1, .high = 9};
  const Wire wire{.bytes_per_s = wide, .latency_s = wide, .j_per_byte = wide};
  cluster.shared_links = {{.name = "hub", .members = {ClassId(0)}, .wire = wire},
                          {.name = "switch", .members = {ClassId(0)}, .wire = wire}};
  const Cluster one = sample_cluster(cluster, 1, 0), again = sample_cluster(cluster, 1, 0);
  expect_drawn(one.shared_links[0].wire, again.shared_links[0].wire, wire);
  EXPECT_NE(one.shared_links[0].wire.bytes_per_s.value, one.shared_links[1].wire.bytes_per_s.value);
  EXPECT_NE(one.shared_links[0].wire.bytes_per_s.value, one.shared_links[0].wire.latency_s.value);
}

}  // namespace
}  // namespace cleave
