#include "runtime/measure/measure.hpp"
#include "runtime/measure/machine.hpp"
#include "runtime/measure/sample_networks.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace cleave {
namespace {

Network network_of(std::uint64_t index) { return make_network(std::make_shared<Graph>(sample_network(index)), 1); }

TEST(SampleNetworks, AreOfAllKindsAndWithinTheirLimits) {
  std::map<OpKind, int> kinds;
  for (std::uint64_t index = 0; index < 40; ++index)
    for (const Operator& op : network_of(index).operators) {
      ++kinds[op.kind];
      EXPECT_LE(op.macs, 400'000'000) << index << ' ' << op.name;
    }
  using enum OpKind;
  for (const OpKind kind : {conv, gemm, matmul, pool, elementwise, softmax, movement})
    EXPECT_GT(kinds[kind], 0) << name_of(kind);
}

TEST(SampleNetworks, AreTheSameEachTime) {
  const Network one = network_of(6), two = network_of(6);
  ASSERT_EQ(one.operators.size(), two.operators.size());
  for (const OpId op : one.operators.ids()) EXPECT_EQ(one.operators[op].macs, two.operators[op].macs);
}

TEST(Measure, EveryOperatorHasATime) {
  const Network network = network_of(3);
  const IndexVector<OpId, double> seconds = operator_seconds(network, 3, false);
  ASSERT_EQ(seconds.size(), network.operators.size());
  for (const double one : seconds) EXPECT_GT(one, 0);
}

TEST(Measure, StopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(measure_operators({.stop = stop.get_token()}).empty());
}

TEST(Machine, SaysWhatIsEstimated) {
  Measurement one{.seconds = 1e-3};
  one.work.macs = 1e6;
  const Profile profile = machine_profile("here", {one}, 1e10, 2024);
  EXPECT_EQ(profile.kind, DeviceKind::cpu);
  EXPECT_DOUBLE_EQ(profile.number("peak_fp32_flop_per_s"), 2e9);
  EXPECT_NE(profile.numbers.at("idle_w").source.find("estimated"), std::string::npos);
  EXPECT_LT(profile.numbers.at("j_per_flop_fp32").low, profile.number("j_per_flop_fp32"));
}

}  // namespace
}  // namespace cleave
