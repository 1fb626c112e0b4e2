// Interleaved plans on paced devices settle at the pace of the busiest part of any device, whatever the ports.
#include "runtime/adders.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace cleave {
namespace {

constexpr double kPeriodS = 0.004;

struct Case {
  Network network;
  Plan plan;
  std::vector<DevicePace> pace;
};

/// Seconds of the busiest part of the device, all its passes of one batch.
double load_s(const DevicePace& device) {
  std::array<double, 3> sum = {};
  for (const PassTimes& pass : device.passes) {
    sum[0] += pass.receive_s;
    sum[1] += pass.compute_s;
    sum[2] += pass.send_s;
  }
  if (!device.overlap) return sum[0] + sum[1] + sum[2];
  return std::max(sum[1], device.full_duplex ? std::max(sum[0], sum[2]) : sum[0] + sum[2]);
}

/// The stages take turns along a chain of operators, which each also read the input of the network or one before.
Case random_case(unsigned seed) {
  std::mt19937 random(seed);
  const auto up_to = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(random); };
  const std::size_t stages = 2 + up_to(1);
  const std::size_t rounds = 2 + up_to(1);
  std::vector<std::vector<int>> reads;
  std::vector<std::pair<std::vector<std::size_t>, int>> list(stages);
  for (std::size_t op = 0; op < stages * rounds; ++op) {
    reads.push_back({static_cast<int>(op) - 1});
    if (op > 1 && up_to(2) == 0) reads.back().push_back(static_cast<int>(up_to(op - 2)));
    list[op % stages].first.push_back(op);
  }
  for (auto& [ops, replicas] : list) replicas = 1 + static_cast<int>(up_to(1));
  Case made{.network = sums(reads, {stages * rounds - 1}), .plan = plan_of(list), .pace = {}};
  const std::size_t busiest = up_to(stages - 1);
  for (std::size_t s = 0; s < stages; ++s) {
    DevicePace device{.overlap = up_to(3) > 0, .full_duplex = up_to(1) == 0, .passes = {}};
    const auto some = [&] { return 0.05 + static_cast<double>(up_to(100)) / 100 * static_cast<double>(up_to(1)); };
    for (std::size_t pass = 0; pass < rounds; ++pass)
      device.passes.push_back({.receive_s = some(), .compute_s = some(), .send_s = some()});
    const double share = s == busiest ? 1 : 1 - static_cast<double>(up_to(2)) / 10;
    const double scale = share * kPeriodS * made.plan.stages[s].replicas / load_s(device);
    for (PassTimes& pass : device.passes) {
      pass.receive_s *= scale;
      pass.compute_s *= scale;
      pass.send_s *= scale;
    }
    made.pace.push_back(device);
  }
  return made;
}

/// Between results on the timelines of the devices, which a busy machine does not move unless by much.
double booked_period_s(const Case& one) {
  constexpr std::size_t kCounted = 40;  // whole turns of any replicas
  RunOptions options{.batches = 110, .warmup = 0, .lone = 0, .trace = true};
  options.pace = one.pace;
  const RunReport report = run_and_compare(one.network, one.plan, options);
  std::vector<double> done_s(options.batches, 0);
  for (const TraceEvent& event : report.events) done_s[event.batch] = std::max(done_s[event.batch], event.end_s);
  const std::size_t last = options.batches - 1 - report.trailing_results;
  EXPECT_GT(last, kCounted + 10);
  return (done_s[last] - done_s[last - kCounted]) / kCounted;
}

TEST(ExecutorInterleavedPace, RandomPlansTakeThePeriodOfTheBusiestPart) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    const Case one = random_case(seed);
    double period_s = booked_period_s(one);
    for (int again = 0; again < 2 && period_s > 1.02 * kPeriodS; ++again)  // was the machine busy with something else?
      period_s = std::min(period_s, booked_period_s(one));
    EXPECT_NEAR(period_s, kPeriodS, 0.02 * kPeriodS) << "seed " << seed;
  }
}

}  // namespace
}  // namespace cleave
