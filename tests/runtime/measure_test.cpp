#include "runtime/measure/measure.hpp"
#include "runtime/graph_maker.hpp"
#include "runtime/measure/cache.hpp"
#include "runtime/measure/machine.hpp"
#include "runtime/measure/measured_device.hpp"
#include "runtime/measure/sample_networks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace cleave {
namespace {

Network network_of(std::uint64_t index) { return make_network(std::make_shared<Graph>(sample_network(index)), 1); }

TEST(SampleNetworks, AreOfAllKindsAndWithinTheirLimits) {
  std::map<OpKind, int> kinds;
  for (std::uint64_t index = 0; index < 40; ++index)
    for (const Operator& op : network_of(index).operators) {
      ++kinds[op.kind];
      EXPECT_LE(op.macs, 1'000'000'000) << index << ' ' << op.name;
    }
  using enum OpKind;
  for (const OpKind kind : {conv, gemm, matmul, pool, elementwise, softmax, movement})
    EXPECT_GT(kinds[kind], 0) << name_of(kind);
}

TEST(SampleNetworks, AreLargerThanCachesOrMuchSmaller) {
  constexpr double megabyte = 1e6, weight_bytes = 4;
  for (std::uint64_t index = 0; index < 20; ++index) {
    const double bytes = weight_bytes * static_cast<double>(network_of(index).parameters());
    if (index % 4 == 3)
      EXPECT_LT(bytes, 16 * megabyte) << index;
    else
      EXPECT_GT(bytes, 48 * megabyte) << index;
  }
}

TEST(SampleNetworks, AreTheSameEachTime) {
  const Network one = network_of(6), two = network_of(6);
  ASSERT_EQ(one.operators.size(), two.operators.size());
  for (const OpId op : one.operators.ids()) EXPECT_EQ(one.operators[op].macs, two.operators[op].macs);
}

TEST(SampleNetworks, OfABatchHaveTheSameOperators) {
  constexpr std::int64_t batch = 4;
  for (const std::uint64_t index : {1, 2, 3}) {
    const Network one = network_of(index);
    const Network four = make_network(std::make_shared<Graph>(sample_network(index, batch)), batch);
    ASSERT_EQ(one.operators.size(), four.operators.size());
    for (const OpId op : one.operators.ids())
      EXPECT_EQ(batch * one.operators[op].macs, four.operators[op].macs) << index << ' ' << one.operators[op].name;
  }
}

TEST(SampleNetworks, QuartersHaveTheSameOperators) {
  const Network network = network_of(1);
  std::vector<std::int64_t> whole, quarters;
  for (const Operator& op : network.operators) whole.push_back(op.macs);
  for (Graph& quarter : sample_quarters(1))
    for (const Operator& op : make_network(std::make_shared<Graph>(std::move(quarter)), 1).operators)
      quarters.push_back(op.macs);
  std::ranges::sort(whole);
  std::ranges::sort(quarters);
  EXPECT_EQ(whole, quarters);
  EXPECT_TRUE(sample_quarters(3).empty());
}

TEST(Cache, EndsWhereReadingIsHalfAsSlowAsFromMemory) {
  const auto reading = [](double bytes) { return 1 + std::clamp((bytes - 32e6) / 32e6, 0.0, 1.0); };
  const auto found = cache_bytes_of(reading, 512e6);
  ASSERT_TRUE(found);
  EXPECT_NEAR(*found, 64e6, 2e6);
  EXPECT_FALSE(cache_bytes_of([](double) { return 1; }, 512e6)) << "no cache is noticed";
}

TEST(Measure, EveryOperatorHasATime) {
  const Network network = network_of(3);
  const IndexVector<OpId, double> seconds = operator_seconds(this_core({}, 2024), network, {.least = 3});
  ASSERT_EQ(seconds.size(), network.operators.size());
  for (const double one : seconds) EXPECT_GT(one, 0);
}

TEST(Measure, OfANetworkEachShapeOnce) {
  GraphMaker net;
  ValueId x = net.input({1, 16, 32, 32});
  for (int i = 0; i < 4; ++i)
    x = net.node("Conv", {x, net.weights({16, 16, 3, 3})}, {1, 16, 32, 32},
                 {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  net.output(net.node("Conv", {x, net.weights({32, 16, 1, 1})}, {1, 32, 32, 32}));
  const std::vector<Measurement> found = measure_networks(this_core({}, 2024), {net.merged()}, 0);
  ASSERT_EQ(found.size(), 2U);
  for (const Measurement& one : found) {
    EXPECT_GT(one.seconds, 0);
    EXPECT_LT(one.variance, 1);
  }
}

TEST(Measure, StopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(measure_operators(this_core({}, 2024), {.stop = stop.get_token()}).empty());
}

TEST(Machine, SaysWhatIsEstimated) {
  Measurement one{.seconds = 1e-3};
  one.work.macs = 1e6;
  const Profile profile = machine_profile(this_core({}, 2024), "here", {one}, {1e10}, std::nullopt, 2024);
  EXPECT_EQ(profile.kind, DeviceKind::cpu);
  EXPECT_DOUBLE_EQ(profile.number("peak_fp32_flop_per_s"), 2e9);
  EXPECT_NE(profile.numbers.at("idle_w").source.find("estimated"), std::string::npos);
  EXPECT_LT(profile.numbers.at("j_per_flop_fp32").low, profile.number("j_per_flop_fp32"));
}

TEST(Machine, TakesEnergyThatWasMeasured) {
  Measurement one{.seconds = 1e-3};
  one.work.macs = 1e6;
  const EnergyCoefficients energy{.idle_w = {8, 7, 9, "measured: x", 2024},
                                  .j_per_flop = {2e-11, 1e-11, 3e-11, "measured: y", 2024},
                                  .memory_j_per_byte = {1e-10, 1e-10, 1e-10, "measured: z", 2024}};
  const Profile profile = machine_profile(this_core({}, 2024), "here", {one}, {1e10, 6.4e7}, energy, 2024);
  EXPECT_NEAR(profile.number("idle_w") * std::max(1U, std::thread::hardware_concurrency()), 8, 1e-9);
  EXPECT_EQ(profile.number("j_per_flop_fp32"), 2e-11);
  EXPECT_EQ(profile.numbers.at("j_per_flop_fp32").high, 3e-11);
  EXPECT_EQ(profile.numbers.at("memory_j_per_byte").source, "measured: z");
  EXPECT_EQ(profile.number("cache_bytes"), 6.4e7);
}

/// A machine whose joules are known: idle watts by the clock, and what loads say that they spend.
class KnownMachine {
 public:
  static constexpr double idle_w = 10, j_per_flop = 1e-9, j_per_byte = 2e-9;

  [[nodiscard]] EnergySource source(EnergyScope scope, bool totalled) {
    return {.name = "known",
            .scope = scope,
            .totalled = totalled,
            .reading = EnergyReading::joules,
            .wraps_at_j = 0,
            .read = [this] { return std::optional(spent_j_ + idle_w * seconds()); }};
  }
  EnergyLoad load(double flop, double bytes) {
    const auto run = [this, flop, bytes] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      spent_j_ = spent_j_ + flop * j_per_flop + bytes * j_per_byte;
    };
    return {run, flop, bytes};
  }

 private:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<double> spent_j_ = 0;
};

TEST(MeasureEnergy, FindsTheCoefficientsOfAKnownMachine) {
  KnownMachine machine;
  const EnergyMeasuring how{.window_s = 0.1, .windows = 2, .year = 2024};
  const auto found =
      measure_energy({machine.source(EnergyScope::processor, true)}, machine.load(1e9, 1e8), machine.load(0, 1e9), how);
  ASSERT_TRUE(found);
  // Each reading is some microseconds off the clock of the window.
  EXPECT_NEAR(found->idle_w.value, KnownMachine::idle_w, 0.5);
  EXPECT_NEAR(found->memory_j_per_byte.value, KnownMachine::j_per_byte, 0.02 * KnownMachine::j_per_byte);
  EXPECT_NEAR(found->j_per_flop.value, KnownMachine::j_per_flop, 0.05 * KnownMachine::j_per_flop);
  EXPECT_LE(found->idle_w.low, found->idle_w.value);
  EXPECT_GE(found->idle_w.high, found->idle_w.value);
  EXPECT_TRUE(found->idle_w.source.starts_with("measured: known"));
}

TEST(MeasureEnergy, IsNothingWhereNothingIsMeasured) {
  KnownMachine machine;
  const EnergyMeasuring how{.window_s = 0.01, .windows = 1};
  EXPECT_FALSE(measure_energy({}, machine.load(1, 1), machine.load(1, 1), how));
  EnergySource broken = machine.source(EnergyScope::processor, true);
  broken.read = [] { return std::optional<double>(); };
  EXPECT_FALSE(measure_energy({broken}, machine.load(1, 1), machine.load(1, 1), how));
}

TEST(MeasuredDevice, HasTheCountersOfItsOwnJoules) {
  KnownMachine machine;
  const std::vector<EnergySource> sources{machine.source(EnergyScope::processor, true),
                                          machine.source(EnergyScope::gpu, true),
                                          machine.source(EnergyScope::memory, false)};
  const MeasuredDevice core = this_core(sources, 2024);
  ASSERT_EQ(core.energy.size(), 1U);
  EXPECT_EQ(core.energy.front().scope, EnergyScope::processor);
}

TEST(MeasureEnergy, ItsLoadsDoWhatTheySay) {
  const MeasuredDevice core = this_core({}, 2024);
  const EnergyLoad products = core.products_load(), copies = core.copies_load();
  EXPECT_EQ(products.flop, 4 * 2.0 * 512 * 512 * 512);
  EXPECT_EQ(products.bytes, 4 * 3 * 4.0 * 512 * 512);
  EXPECT_EQ(copies.bytes, 2.0 * (1 << 27));
  products.run();
  copies.run();
}

/// Counts what it is asked for.
class CountingEngine : public Backend {
 public:
  explicit CountingEngine(int& runs) : runs_(runs) {}
  std::string unsupported(const Graph&, const Node&) const override { return ""; }
  void prepare(const StageSpec&) override {}
  void run(std::span<const Tensor* const>, std::span<Tensor* const>) override { ++runs_; }

 private:
  int& runs_;
};

TEST(MeasureEnergy, ItsLoadsDoItOnce) {
  int runs = 0;
  const EnergyLoad products = products_load(std::make_unique<CountingEngine>(runs), 8);
  const int before = runs;
  products.run();
  EXPECT_EQ(runs, before + 1);
}

}  // namespace
}  // namespace cleave
