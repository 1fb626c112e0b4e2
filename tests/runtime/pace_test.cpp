// Paced pipelines: emulated devices take the time that the model says.
#include "runtime/adders.hpp"
#include "runtime/executor/device_clock.hpp"

#include <cleave/error.hpp>
#include <cleave/plan.hpp>

#include <algorithm>
#include <random>

namespace cleave {
namespace {

using std::chrono::milliseconds;

/// A chain of `stages` operators, one per stage.
Network chain_of(std::size_t stages) {
  std::vector<std::vector<int>> reads;
  for (std::size_t i = 0; i < stages; ++i) reads.push_back({static_cast<int>(i) - 1});
  return sums(reads, {stages - 1});
}

Plan one_each(std::size_t stages, int replicas = 1) {
  std::vector<std::pair<std::vector<std::size_t>, int>> list;
  for (std::size_t i = 0; i < stages; ++i) list.push_back({{i}, replicas});
  return plan_of(list);
}

DevicePace pace(double receive_s, double compute_s, double send_s, bool overlap = true, bool full_duplex = true) {
  return {.overlap = overlap, .full_duplex = full_duplex, .passes = {{receive_s, compute_s, send_s}}};
}

TEST(DeviceClock, PortsWorkBesideTheComputeUnit) {
  DeviceClock clock(pace(0.002, 0.005, 0.004));
  const Clock::time_point zero{};
  Interval sent;
  for (int batch = 0; batch < 3; ++batch) {
    clock.begin(0, zero, zero);
    EXPECT_EQ(clock.receive().end, zero + milliseconds(2 * (batch + 1)));
    EXPECT_EQ(clock.compute().end, zero + milliseconds(2 + 5 * (batch + 1)));
    clock.receive_ahead(0, zero);
    sent = clock.send(0);
    EXPECT_EQ(sent.end, clock.compute().end + milliseconds(4));
  }
  EXPECT_DOUBLE_EQ(clock.busy_s(), 0.015);
}

TEST(DeviceClock, SerialDeviceDoesOneThingAtATime) {
  DeviceClock clock(pace(0.002, 0.005, 0.004, false));
  const Clock::time_point zero{};
  for (int batch = 0; batch < 3; ++batch) {
    clock.begin(0, zero, zero);
    clock.receive_ahead(0, zero);
    EXPECT_EQ(clock.send(0).end, zero + milliseconds(11 * (batch + 1)));
  }
  EXPECT_DOUBLE_EQ(clock.busy_s(), 0.033);
}

TEST(DeviceClock, HalfDuplexPortReceivesAheadAsInSimulate) {
  // R0 R1 S0 R2 S1 ...: 4 ms a batch; sending first would take 5 and 6 in turn.
  DeviceClock clock(pace(0.001, 0.002, 0.003, true, false));
  const Clock::time_point zero{};
  std::vector<Clock::time_point> sent;
  for (int batch = 0; batch < 40; ++batch) {
    clock.begin(0, zero, zero);
    clock.receive_ahead(0, zero);
    sent.push_back(clock.send(0).end);
  }
  EXPECT_EQ(sent.back() - sent[19], milliseconds(4 * 20));
}

TEST(DeviceClock, LatenessMovesTheTimelineBeyondTheAllowanceOnly) {
  DeviceClock clock(pace(0, 0.005, 0));
  const Clock::time_point zero{};
  clock.begin(0, zero, zero);
  EXPECT_FALSE(clock.computed(zero + milliseconds(5)));
  EXPECT_TRUE(clock.computed(zero + milliseconds(6)));
  EXPECT_EQ(clock.compute().end, zero + milliseconds(5));
  EXPECT_TRUE(clock.computed(zero + milliseconds(125)));
  EXPECT_EQ(clock.compute().end, zero + milliseconds(125) - DeviceClock::kAllowance);
}

TEST(DeviceClock, RoomThatComesLateIsBlocking) {
  DeviceClock clock(pace(0, 0.005, 0));
  const Clock::time_point zero{};
  clock.begin(0, zero, zero + milliseconds(3));
  EXPECT_EQ(clock.compute().end, zero + milliseconds(8));
  EXPECT_DOUBLE_EQ(clock.blocked_s(), 0.003);
}

/// A device that receives over the shared link 0, half duplex.
DevicePace receiving_over_link(double seconds, double compute_s) {
  DevicePace device = pace(seconds, compute_s, 0);
  device.passes.front().receive = {{.seconds = seconds, .link = 0, .in = true}};
  return device;
}

TEST(Timetable, FirstComeFirstServedWhereThereIsRoom) {
  Timetable timetable({receiving_over_link(1, 1)});
  const Clock::time_point zero{};
  const auto book = [&](int ready_ms, int length_ms) {
    return (timetable.book({.seconds = 1e-3 * length_ms, .link = 0, .in = true}, zero + milliseconds(ready_ms)).start -
            zero) /
           milliseconds(1);
  };
  EXPECT_EQ(book(2, 3), 2);
  EXPECT_EQ(book(0, 4), 5) << "it does not fit before";
  EXPECT_EQ(book(0, 2), 0);
  EXPECT_EQ(book(0, 1), 9);
  EXPECT_EQ(book(20, 1), 20);
  EXPECT_EQ(book(9, 10), 10);
  EXPECT_EQ(book(0, 1), 21);
}

TEST(Timetable, DirectionsAreApartUntilATransferTakesBoth) {
  DevicePace device = pace(0, 1, 0);
  device.passes.front().send = {{.seconds = 1, .link = 2, .in = true, .out = true}};
  Timetable timetable({device});
  const Clock::time_point zero{};
  const auto book = [&](bool in, bool out) {
    return timetable.book({.seconds = 1e-3, .link = 2, .in = in, .out = out}, zero).start;
  };
  EXPECT_EQ(book(true, false), zero);
  EXPECT_EQ(book(false, true), zero);
  EXPECT_EQ(book(true, true), zero + milliseconds(1));
  EXPECT_EQ(book(false, true), zero + milliseconds(2));
  EXPECT_EQ(book(true, true), zero + milliseconds(3));
}

TEST(Timetable, ForgetsWhatIsLongPast) {
  Timetable timetable({receiving_over_link(1, 1)});
  const Clock::time_point zero{};
  const TransferLeg leg{.seconds = 1e-3, .link = 0, .in = true};
  for (int i = 0; i < 10'000; ++i)  // never side by side
    EXPECT_EQ(timetable.book(leg, zero + milliseconds(2 * i)).start, zero + milliseconds(2 * i));
  EXPECT_GT(timetable.book(leg, zero).start, zero + milliseconds(1)) << "where nobody remembers, nobody books";
}

TEST(DeviceClock, BooksSharedLinksWhenTheirTimeHasCome) {
  DevicePace device = pace(0.003, 0.005, 0);
  device.passes.front().receive = {{.seconds = 0.001}, {.seconds = 0.002, .link = 0, .in = true}};
  Timetable timetable({device});
  DeviceClock clock(device, &timetable);
  const Clock::time_point zero{};
  clock.start_receiving(0, zero);
  ASSERT_EQ(clock.next_booking(), zero + milliseconds(1));
  timetable.book({.seconds = 0.003, .link = 0, .in = true}, zero);  // another was first
  clock.go_on_receiving(zero + milliseconds(1));
  EXPECT_EQ(clock.next_booking(), std::nullopt);
  clock.begin(0, zero, zero);
  EXPECT_EQ(clock.receive().end, zero + milliseconds(5));
  EXPECT_EQ(clock.compute().end, zero + milliseconds(10));
  EXPECT_DOUBLE_EQ(clock.busy_s(), 0.005) << "waiting is not moving";
}

/// Busy machines oversleep: bounds from below are exact, those from above are wide. What a quiet one reaches is
/// measured by bench_pipeline.
TEST(ExecutorPace, ThePipelineTakesTheTimeOfItsSlowestStage) {
  RunOptions options{.batches = 60};
  options.pace = {pace(0.001, 0.003, 0.002), pace(0.002, 0.006, 0), pace(0, 0.004, 0)};
  const RunReport report = run_and_compare(chain_of(3), one_each(3), options);
  EXPECT_GE(report.results_s.back(), 0.001 + 0.003 + 0.002 + 0.002 + 60 * 0.006 + 0.004 - 1e-6);
  EXPECT_GE(report.latency_s, 0.018 - 1e-6);
  EXPECT_LT(report.period_s, 1.3 * 0.006);
  ASSERT_EQ(report.workers.size(), 3U);
  EXPECT_NEAR(report.workers[1].busy_s, 60 * 0.006, 1e-9);
  EXPECT_GT(report.workers[0].blocked_s, 0.1) << "it is twice as fast and has room for a few results only";
  for (const WorkerReport& worker : report.workers) {
    EXPECT_EQ(worker.batches, 60U);
    EXPECT_NEAR(worker.busy_s + worker.blocked_s + worker.idle_s, report.wall_s, 0.01 * report.wall_s + 0.02);
  }
}

TEST(ExecutorPace, ADeviceThatSendsIsNotBlockedMeanwhile) {
  RunOptions options{.batches = 40};
  options.pace = {pace(0, 0.002, 0.006), pace(0, 0.001, 0)};  // results wait to be sent, so that there is no room
  const RunReport report = run_and_compare(chain_of(2), one_each(2), options);
  ASSERT_EQ(report.workers.size(), 2U);
  EXPECT_NEAR(report.workers[0].busy_s, 40 * 0.006, 1e-9);
  for (const WorkerReport& worker : report.workers)
    EXPECT_NEAR(worker.busy_s + worker.blocked_s + worker.idle_s, report.wall_s, 1e-9);
}

TEST(ExecutorPace, ReplicasTakeTurns) {
  RunOptions options{.batches = 40};
  options.pace = {pace(0, 0.012, 0)};
  const RunReport report = run_and_compare(chain_of(1), one_each(1, 3), options);
  EXPECT_GE(report.wall_s, 13 * 0.012);
  EXPECT_LT(report.period_s, 0.006);
}

TEST(ExecutorPace, ReplicasThatReceiveComputeAndSendAtOnceHaveRoom) {
  RunOptions options{.batches = 60};
  options.pace = {pace(0, 0.012, 0.012), pace(0.012, 0.012, 0)};  // 4 ms a batch; each result is held for 48 ms
  const RunReport report = run_and_compare(chain_of(2), one_each(2, 3), options);
  EXPECT_LT(report.period_s, 1.5 * 0.004);
}

TEST(ExecutorPace, TransfersOverASharedLinkWaitForEachOther) {
  RunOptions options{.batches = 40};
  options.pace = {receiving_over_link(0.004, 0.002), receiving_over_link(0.005, 0.002)};
  const RunReport report = run_and_compare(chain_of(2), one_each(2), options);
  EXPECT_GE(report.results_s.back(), 40 * 0.009);
  EXPECT_LT(report.period_s, 1.3 * 0.009);
}

TEST(ExecutorPace, InterleavedStagesKeepTheirPace) {
  RunOptions options{.batches = 40};
  const DevicePace twice{.passes = {{0.001, 0.002, 0.001}, {0.001, 0.003, 0.001}}};
  options.pace = {twice, twice};
  const RunReport report =
      run_and_compare(sums({{-1}, {0}, {1}, {2}}, {3}), plan_of({{{0, 2}, 1}, {{1, 3}, 1}}), options);
  EXPECT_GE(report.latency_s, 2 * (0.004 + 0.005) - 1e-6);
  EXPECT_GE(report.wall_s, 40 * 0.005);
  EXPECT_LT(report.period_s, 1.4 * 0.005);
}

TEST(ExecutorPace, InterleavedStagesAreNotFasterForWhatIsLeftInTheEnd) {
  RunOptions options{.batches = 60};
  const DevicePace thrice{.passes = {{0, 0.003, 0}, {0, 0.003, 0}, {0, 0.003, 0}}};
  options.pace = {thrice, thrice};
  const RunReport report =
      run_and_compare(sums({{-1}, {0}, {1}, {2}, {3}, {4}}, {5}), plan_of({{{0, 2, 4}, 1}, {{1, 3, 5}, 1}}), options);
  EXPECT_EQ(report.trailing_results, 17U) << "three for each border between the stages, and two to receive ahead";
  EXPECT_GT(report.period_s, 0.97 * 0.009);
}

TEST(ExecutorPace, HalfDuplexPortsAreNotFasterForWhatIsLeftInTheEnd) {
  RunOptions options{.batches = 30};
  options.pace = {pace(0, 0.002, 0.008, true, true), pace(0.012, 0.001, 0.012, true, false)};
  const RunReport report = run_and_compare(chain_of(2), plan_of({{{0}, 2}, {{1}, 3}}), options);
  EXPECT_EQ(report.trailing_results, 6U) << "two on each device";
  EXPECT_GT(report.period_s, 0.95 * 0.008);
  EXPECT_LT(report.period_s, 1.3 * 0.008);
}

TEST(ExecutorPace, EnginesThatCannotKeepPaceAreLate) {
  Behaviour behaviour;
  behaviour.on_run = [](const StageSpec& stage, std::int64_t) {
    if (stage.operators[0][0] == NodeId(1)) std::this_thread::sleep_for(milliseconds(10));
  };
  RunOptions options{.batches = 20};
  options.pace = {pace(0, 0.001, 0), pace(0, 0.002, 0)};
  const RunReport report = run_and_compare(chain_of(2), one_each(2), options, adders(behaviour));
  EXPECT_GE(report.period_s, 0.009);
  EXPECT_EQ(report.workers[1].late, 20U);
  EXPECT_GE(report.workers[1].engine_s, 20 * 0.010);
  EXPECT_LT(report.workers[1].cpu_s, 0.5 * report.workers[1].engine_s) << "it slept";
}

TEST(ExecutorPace, EventsAreThoseOfTheDevice) {
  RunOptions options{.batches = 10, .trace = true};
  options.pace = {pace(0.001, 0.002, 0.003), pace(0, 0.002, 0)};
  const RunReport report = run_and_compare(chain_of(2), one_each(2), options);
  EXPECT_EQ(std::ranges::count(report.events, "receive", &TraceEvent::what), 10);
  EXPECT_EQ(std::ranges::count(report.events, "compute", &TraceEvent::what), 20);
  for (const TraceEvent& event : report.events)
    if (event.what == "send") {
      EXPECT_NEAR(event.end_s - event.start_s, 0.003, 1e-6);
    }
}

TEST(ExecutorPace, AStopEndsALongPass) {
  std::stop_source stop;
  RunOptions options{.batches = 3, .warmup = 0, .lone = 0, .stop = stop.get_token()};
  options.pace = {pace(0, 3600, 0)};
  const Network network = chain_of(1);
  Executor executor(network, one_each(1), adders(), options);
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(30));
    stop.request_stop();
  });
  EXPECT_TRUE(executor.run(numbered_inputs(1), {}).results_s.empty());
}

TEST(ExecutorPace, RefusesAPaceOfAnotherPlan) {
  RunOptions options;
  options.pace = {pace(0, 1, 0)};
  const Network network = chain_of(2);
  EXPECT_THROW(Executor(network, one_each(2), adders(), options), UsageError);
  options.pace = {pace(0, 1, 0), {}};
  EXPECT_THROW(Executor(network, one_each(2), adders(), options), UsageError);
}

TEST(ExecutorPace, IdleEnginesOnlyTakeTheirTime) {
  const Network network = chain_of(2);
  RunOptions options{.batches = 5};
  options.pace = {pace(0, 0.002, 0), pace(0, 0.002, 0)};
  Executor executor(
      network, one_each(2), [](ModeId) { return make_idle_backend(); }, options);
  const RunReport report = executor.run(numbered_inputs(1), [](std::size_t, std::span<const Tensor> outputs) {
    EXPECT_EQ(outputs[0].as<std::int64_t>()[0], 0);
  });
  EXPECT_GE(report.wall_s, 6 * 0.002);
}

}  // namespace
}  // namespace cleave
