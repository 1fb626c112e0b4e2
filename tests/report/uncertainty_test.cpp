#include "report/uncertainty.hpp"

#include <cleave/explore.hpp>

#include <gtest/gtest.h>

namespace cleave {
namespace {

Frontier frontier_of(const Network& network, const Cluster& cluster) {
  return explore({.cost = make_cost_table(network, cluster)});
}

TEST(Uncertainty, SpreadsHoldTheFigures) {
  const Network network = read_network("zoo:vgg8");
  const Cluster cluster = read_cluster("edge4");
  const Frontier frontier = frontier_of(network, cluster);
  const auto points = uncertainty(network, cluster, frontier, {.samples = 200, .seed = 1});
  ASSERT_EQ(points.size(), frontier.points.size());
  for (const PointUncertainty& point : points) {
    EXPECT_LE(point.period_s.low, point.period_s.high);
    EXPECT_LE(point.energy_j.low, point.energy_j.high);
    EXPECT_LE(point.on_frontier, point.runs);
  }
}

/// Without intervals nothing can change.
TEST(Uncertainty, ExactNumbersKeepEveryPlan) {
  const Network network = read_network("zoo:vgg8");
  Cluster cluster = read_cluster("edge4");
  const auto fix = [](Quantity& number) { number.low = number.high = number.value; };
  for (DeviceClass& device : cluster.classes) {
    if (device.profile)
      for (auto& [name, number] : device.profile->numbers) fix(number);
    fix(device.idle_w);
    if (device.memory_bytes) fix(*device.memory_bytes);
    if (device.port)
      for (Quantity* number : {&device.port->bytes_per_s, &device.port->latency_s, &device.port->j_per_byte})
        fix(*number);
  }
  const Frontier frontier = frontier_of(network, cluster);
  const auto points = uncertainty(network, cluster, frontier, {.samples = 5});
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].on_frontier, 1);
    EXPECT_EQ(points[i].runs, 1);
    EXPECT_EQ(points[i].period_s.low, frontier.points[i].score.period_s);
    EXPECT_EQ(points[i].energy_j.high, frontier.points[i].score.energy_j);
  }
}

}  // namespace
}  // namespace cleave
