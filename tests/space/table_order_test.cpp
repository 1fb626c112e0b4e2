// When no plan of one design can be better than the same plan of another one: against all plans of tiny problems.
#include "space/table_order.hpp"

#include "search/brute_force.hpp"
#include "search/random_problem.hpp"

#include <cleave/cluster.hpp>
#include <cleave/network.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace cleave {
namespace {

using testing_support::Point;
using testing_support::RandomProblemOptions;

TEST(TableOrder, ATableIsNoWorseThanOneWithAnyNumberRaised) {
  const Network network = read_network("zoo:vgg8");
  const CostTable cost = make_cost_table(network, read_cluster("edge4"));
  EXPECT_TRUE(no_worse(cost, cost));
  CostTable worse = cost;
  worse.compute_s(OpId(3), ModeId(1)) *= 1.1;
  EXPECT_TRUE(no_worse(cost, worse));
  EXPECT_FALSE(no_worse(worse, cost));
  worse = cost;
  worse.modes[ModeId(2)].resident_bytes /= 2;
  EXPECT_TRUE(no_worse(cost, worse));
  EXPECT_FALSE(no_worse(worse, cost));
  CostTable mixed = worse;
  mixed.transfer_j(TensorId(1), ModeId(2)) *= 0.5;
  EXPECT_FALSE(no_worse(cost, mixed));
  EXPECT_FALSE(no_worse(mixed, cost));
}

TEST(TableOrder, MemoryCountsWhereItCouldRuleOutAPlan) {
  const Network network = read_network("zoo:vgg8");
  const CostTable cost = make_cost_table(network, read_cluster("edge4"));
  CostTable half = cost;
  half.classes[ClassId(0)].memory_bytes /= 2;
  EXPECT_TRUE(no_worse(half, cost)) << "half of 256 GB holds the whole network as well";
  CostTable tiny = cost;
  tiny.classes[ClassId(0)].memory_bytes = 1e6;
  EXPECT_TRUE(no_worse(cost, tiny));
  EXPECT_FALSE(no_worse(tiny, cost));
  CostTable larger = cost;
  larger.live_bytes(OpId(3), ModeId(0)) *= 2;
  EXPECT_TRUE(no_worse(larger, cost));
  larger.classes[ClassId(0)].memory_bytes = tiny.classes[ClassId(0)].memory_bytes;
  EXPECT_FALSE(no_worse(larger, tiny));
}

/// Each operator on a device of large batches takes less an inference: the small batches have nothing of their own.
TEST(TableOrder, ALargerBatchIsNoWorseWhereOnlyItsSizesGrow) {
  const Cluster cluster = read_cluster("edge4");
  const CostTable one = make_cost_table(read_network("zoo:resnet50", {.batch = 1}), cluster);
  const CostTable four = make_cost_table(read_network("zoo:resnet50", {.batch = 4}), cluster);
  EXPECT_TRUE(no_worse(four, one));
  EXPECT_FALSE(no_worse(one, four));
}

/// Random numbers; for a seed always the same.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  bool one_in(unsigned n) { return engine_() % n == 0; }
  double real(double low, double high) { return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1p-53; }

 private:
  std::mt19937_64 engine_;
};

/// At another batch, with no less time or energy an inference; sizes change either way.
CostTable worse_at_another_batch(const CostTable& cost, Dice& dice) {
  CostTable worse = cost;
  worse.batch = dice.one_in(2) ? 2 * cost.batch : cost.batch;
  const double scale = static_cast<double>(worse.batch) / static_cast<double>(cost.batch);
  const auto raise = [&](double& number) { number *= scale * (dice.one_in(3) ? dice.real(1, 1.5) : 1); };
  const auto resize = [&](double& number) { number *= dice.one_in(12) ? dice.real(0.2, 1) : dice.real(1, 1.5); };
  for (ModeCost& mode : worse.modes) {
    raise(mode.stage_launch_s);
    raise(mode.stage_launch_j);
    if (mode.resident_bytes < kCannot) raise(mode.reload_s_per_byte), raise(mode.reload_j_per_byte);
  }
  for (ClassCost& device : worse.classes)
    if (dice.one_in(2)) resize(device.memory_bytes);
  for (const ModeId mode : cost.modes.ids()) {
    for (const OpId op : cost.inputs.ids()) {
      raise(worse.compute_s(op, mode));
      raise(worse.compute_j(op, mode));
      resize(worse.live_bytes(op, mode));
    }
    for (const TensorId tensor : cost.tensors.ids()) {
      raise(worse.transfer_s(tensor, mode));
      raise(worse.transfer_j(tensor, mode));
      resize(worse.transfer_bytes(tensor, mode));
    }
  }
  return worse;
}

/// Is every point of the frontier of `b` met by one of `a`, per inference?
bool dominates(const CostTable& a, const CostTable& b) {
  const std::vector<Point> better = testing_support::brute_force(a);
  const std::vector<Point> worse = testing_support::brute_force(b);
  const double periods = static_cast<double>(a.batch) / static_cast<double>(b.batch) * (1 + 1e-9);
  return std::all_of(worse.begin(), worse.end(), [&](const Point& one) {
    return std::any_of(better.begin(), better.end(), [&](const Point& other) {
      return other.period_s <= one.period_s * periods && other.energy_j <= one.energy_j * (1 + 1e-9);
    });
  });
}

TEST(TableOrder, NoPlanOfAWorseTableIsBetter) {
  std::size_t sure = 0, beaten = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    Dice dice(seed);
    RandomProblemOptions options{.operators = 3 + seed % 3, .max_devices = 3};
    CostTable cost = testing_support::random_problem(seed, options).cost;
    for (ClassCost& device : cost.classes)  // some that hold all, some that hold much, some that hold little
      if (device.memory_bytes < kCannot) device.memory_bytes *= dice.real(0.5, 4);
    const CostTable worse = worse_at_another_batch(cost, dice);
    if (no_worse(cost, worse)) {
      ++sure;
      EXPECT_TRUE(dominates(cost, worse)) << "seed " << seed;
    } else {
      beaten += !dominates(cost, worse);
    }
  }
  EXPECT_GT(sure, 1000u);
  EXPECT_GT(beaten, 20u) << "sizes that do not matter here would prove nothing";
}

}  // namespace
}  // namespace cleave
