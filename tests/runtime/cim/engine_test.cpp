/// The crossbar engine: against the reference within what its bits allow, cut anywhere, with cells that deviate.

#include "runtime/cim/crossbar.hpp"
#include "runtime/graph_maker.hpp"
#include "runtime/stage_runs.hpp"

#include <cleave/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace cleave {
namespace {

using testing::HasSubstr;

/// A shipped chip with some fields of its own.
CimChip chip(const std::string& name, const std::map<std::string, double>& fields = {}) {
  CimChip made{read_profile(name), 1};
  for (const auto& [field, value] : fields) made.profile.numbers[field] = {value, value, value};
  return made;
}

/// Every sum of 64 rows of 1-bit inputs and 1-bit cells is read as it is.
CimChip ideal_chip() {
  return chip("cim_isaac_ce", {{"rows_active", 64}, {"cell_bits", 1}, {"adc_bits", 12}, {"cell_sigma", 0}});
}

/// Convolutions of several kinds with what is folded into them and what follows, then a product.
Network small_network() {
  GraphMaker net;
  const ValueId x = net.input({2, 6, 9, 9});
  const ValueId a = net.node("Conv", {x, net.weights({16, 6, 3, 3}), net.weights({16})}, {2, 16, 9, 9},
                             {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  const ValueId relu = net.node("Relu", {a}, {2, 16, 9, 9});
  const ValueId grouped = net.node("Conv", {relu, net.weights({16, 4, 3, 3})}, {2, 16, 9, 9},
                                   {{"group", std::int64_t{4}}, {"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  const ValueId sum = net.node("Add", {grouped, relu}, {2, 16, 9, 9});
  const ValueId tanh = net.node("Tanh", {sum}, {2, 16, 9, 9});
  const ValueId strided = net.node("Conv", {tanh, net.weights({40, 16, 1, 1})}, {2, 40, 5, 5},
                                   {{"strides", std::vector<std::int64_t>{2, 2}}});
  const ValueId pooled = net.node("GlobalAveragePool", {strided}, {2, 40, 1, 1});
  const ValueId flat = net.node("Flatten", {pooled}, {2, 40});
  net.output(
      net.node("Gemm", {flat, net.weights({10, 40}), net.weights({10})}, {2, 10}, {{"transB", std::int64_t{1}}}));
  return net.separate();
}

std::vector<std::vector<Tensor>> calibration_inputs(const Network& network) {
  std::vector<std::vector<Tensor>> batches;
  for (const std::uint64_t seed : {11, 12, 13}) batches.push_back(random_inputs(*network.graph, seed));
  return batches;
}

/// Makes engines of a chip that was calibrated for the network.
MakeBackend engine(const CimChip& device, const Network& network) {
  const auto inputs = calibration_inputs(network);
  const Ranges ranges = observe_ranges(network, inputs);
  const ConverterRanges converters = observe_converters(network, device, ranges, inputs);
  return [=] { return make_cim_backend(device, ranges, converters); };
}

std::vector<float> values(const Network& network, const MakeBackend& make) {
  const Tensor result = run_whole(network, make).front();
  return {result.as<float>().begin(), result.as<float>().end()};
}

std::vector<float> on_chip(const CimChip& device, const Network& network) {
  return values(network, engine(device, network));
}

double sqnr_db(const std::vector<float>& actual, const std::vector<float>& expected) {
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    signal += std::pow(static_cast<double>(expected[i]), 2);
    noise += std::pow(static_cast<double>(actual[i]) - static_cast<double>(expected[i]), 2);
  }
  return 10 * std::log10(signal / noise);
}

TEST(CimEngine, MoreConverterBitsComeCloserToFp32) {
  const Network network = small_network();
  const std::vector<float> expected = values(network, make_reference_backend);
  double before = -100;
  for (const double bits : {3.0, 5.0, 7.0}) {
    const double now = sqnr_db(on_chip(chip("cim_isaac_ce", {{"adc_bits", bits}}), network), expected);
    EXPECT_GT(now, before + 3) << bits << " bits";
    before = now;
  }
  // Of 8-bit factors: about 6 dB a bit, less what four layers and partly filled ranges lose.
  EXPECT_GT(sqnr_db(on_chip(ideal_chip(), network), expected), 33);
}

TEST(CimEngine, HowArraysAreCutDoesNotMatterToIdealConverters) {
  const Network network = small_network();
  const CimChip other = chip("cim_isaac_ce", {{"rows_active", 16}, {"dac_bits", 2}, {"adc_bits", 12}});
  EXPECT_EQ(on_chip(other, network), on_chip(ideal_chip(), network));
}

TEST(CimEngine, ASplitNetworkComputesWhatTheWholeDoes) {
  const Network network = small_network();
  expect_same_when_split(network, engine(chip("cim_hermes"), network));
  expect_same_when_split(network, engine(chip("cim_neurosim_rram22", {{"cell_sigma", 0.03}}), network));
}

TEST(CimEngine, CellsThatDeviateCostAccuracyBySeed) {
  const Network network = small_network();
  const std::vector<float> expected = values(network, make_reference_backend);
  CimChip device = chip("cim_hermes", {{"cell_sigma", 0.02}});
  const std::vector<float> noisy = on_chip(device, network);
  EXPECT_EQ(on_chip(device, network), noisy);
  EXPECT_LT(sqnr_db(noisy, expected), sqnr_db(on_chip(chip("cim_hermes"), network), expected) - 3);
  device.seed = 2;
  EXPECT_NE(on_chip(device, network), noisy);
}

TEST(CimEngine, SaysWhatCannotRunThere) {
  GraphMaker net;
  const ValueId x = net.input({2, 4}), y = net.input({4, 3});
  net.output(net.node("MatMul", {x, y}, {2, 3}));
  const Network network = net.separate();
  const auto reason = [&](const CimChip& device) {
    return make_cim_backend(device, {}, {})->unsupported(*network.graph, network.graph->nodes[NodeId(0)]);
  };
  EXPECT_EQ(reason(chip("cim_isaac_ce")), "dynamic operands on NVM crossbar");
  EXPECT_THAT(reason(chip("cim_jia2021")), HasSubstr("dynamic operands: its arrays hold constant weights"));
}

TEST(CimEngine, AsksForRangesAndForWhatIsEmulated) {
  const Network network = small_network();
  std::vector<OpId> first{OpId(0)};
  EXPECT_THROW(make_cim_backend(chip("cim_hermes"), {}, {})->prepare(make_stage_spec(network, first)), InputError);
  try {
    (void)make_cim_backend(chip("cim_hermes", {{"weight_bits", 16}}), {}, {});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("weight_bits 16 is not emulated, only 2 to 8"));
  }
}

TEST(CimEngine, EveryShippedChipIsEmulated) {
  for (const std::string& name : shipped_profiles()) {
    const Profile profile = read_profile(name);
    if (profile.kind != DeviceKind::cim) continue;
    EXPECT_NO_THROW((void)cim::crossbar_of(profile)) << name;
  }
}

}  // namespace
}  // namespace cleave
