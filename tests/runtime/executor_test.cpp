#include "runtime/adders.hpp"

#include <cleave/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <thread>

namespace cleave {
namespace {

using testing::HasSubstr;

TEST(ExecutorStageSpec, BoundaryFollowsFromTheGraph) {
  const Network network = chain();
  const std::vector<OpId> middle{OpId(1), OpId(2)};
  const StageSpec spec = make_stage_spec(network, middle);
  EXPECT_EQ(spec.inputs, std::vector<ValueId>{ValueId(1)});
  EXPECT_EQ(spec.outputs, (std::vector<ValueId>{ValueId(2), ValueId(3)}));
  EXPECT_EQ(spec.operators, (std::vector<std::vector<NodeId>>{{NodeId(1)}, {NodeId(2)}}));
}

TEST(ExecutorStageSpec, ConstantsAndAbsentInputsDoNotCross) {
  Network network = chain();
  auto graph = std::make_shared<Graph>(*network.graph);
  const ValueId constant = graph->values.push_back({.name = "c", .type = DataType::int64, .shape = {}});
  graph->constants[constant] = {};
  graph->nodes[NodeId(1)].inputs.push_back(constant);
  graph->nodes[NodeId(1)].inputs.push_back(ValueId());
  network.graph = graph;
  const std::vector<OpId> one{OpId(1)};
  EXPECT_EQ(make_stage_spec(network, one).inputs, std::vector<ValueId>{ValueId(1)});
}

TEST(Executor, LayoutsAreThoseThatAllWhoHoldAValuePrefer) {
  // The network's results are values 2 and 5; value 1 passes from the first stage to the second and third.
  const Plan plan = plan_of({{{0}, 2}, {{1, 2}, 1}, {{3, 4}, 1}});
  std::mutex mutex;
  std::map<ValueId, std::set<bool>> said;
  const auto run_with = [&](ModeId refuses) {
    said.clear();
    run_and_compare(chain(), plan, {.batches = 5}, [&, refuses](ModeId mode) {
      Behaviour behaviour;
      behaviour.prefers_channels_last = [=](ValueId) { return mode != refuses; };
      behaviour.on_prepare = [&](const StageSpec& stage) {
        const std::lock_guard lock(mutex);
        for (const auto& values : {stage.inputs, stage.outputs})
          for (const ValueId value : values) said[value].insert(stage.channels_last.contains(value));
      };
      return std::make_unique<Adder>(behaviour);
    });
  };
  const std::set<bool> yes{true}, no{false};
  run_with(ModeId());
  EXPECT_EQ(said, (std::map<ValueId, std::set<bool>>{
                      {ValueId(0), no}, {ValueId(1), yes}, {ValueId(2), no}, {ValueId(3), yes}, {ValueId(5), no}}));
  run_with(ModeId(2));
  EXPECT_EQ(said.at(ValueId(1)), no);
  EXPECT_EQ(said.at(ValueId(3)), no);
  run_with(ModeId(1));
  EXPECT_EQ(said.at(ValueId(3)), no);
}

TEST(Executor, OneStage) { run_and_compare(chain(), plan_of({{{0, 1, 2, 3, 4}, 1}}), {.batches = 20}); }

TEST(Executor, SkipConnectionOverManyStages) {
  run_and_compare(chain(), plan_of({{{0}, 1}, {{1}, 1}, {{2}, 1}, {{3}, 1}, {{4}, 1}}),
                  {.batches = 100, .queue_depth = 1});
}

TEST(Executor, ReplicasOnBothSidesKeepTheOrder) {
  run_and_compare(chain(), plan_of({{{0}, 2}, {{1, 2}, 3}, {{3}, 1}, {{4}, 2}}), {.batches = 101, .warmup = 5});
}

TEST(Executor, FreePlanWithStagesListedBackwards) {
  // 0 feeds 1 and 2, which meet in 3; the second stage computes 0 and 3's other branch stays alone.
  const Network network = sums({{-1}, {0}, {0}, {1, 2}}, {3});
  run_and_compare(network, plan_of({{{3}, 1}, {{1}, 2}, {{0}, 1}, {{2}, 1}}), {.batches = 50});
}

TEST(Executor, InterleavedStagesWorkInPasses) {
  const RunReport report = run_and_compare(chain(), plan_of({{{0, 2, 4}, 1}, {{1, 3}, 1}}), {.batches = 60});
  ASSERT_EQ(report.workers.size(), 2U);
  for (const WorkerReport& worker : report.workers) EXPECT_EQ(worker.batches, 60U);
}

TEST(Executor, AnyPartitionComputesTheSame) {
  // Circles of all kinds, with replicas and the shortest queues.
  std::mt19937 random(3);
  for (int round = 0; round < 150; ++round) {
    const std::size_t operators = 3 + random() % 8;
    std::vector<std::vector<int>> reads(operators);
    std::set<std::size_t> results{operators - 1};
    for (std::size_t i = 0; i < operators; ++i) {
      for (std::size_t k = 0; k < 1 + random() % 3; ++k) reads[i].push_back(static_cast<int>(random() % (i + 1)) - 1);
      if (random() % 4 == 0) results.insert(i);
    }
    std::vector<std::pair<std::vector<std::size_t>, int>> stages(1 + random() % 4);
    for (auto& [ops, replicas] : stages) replicas = 1 + static_cast<int>(random() % 3);
    for (std::size_t i = 0; i < operators; ++i) stages[random() % stages.size()].first.push_back(i);
    std::erase_if(stages, [](const auto& stage) { return stage.first.empty(); });
    run_and_compare(sums(reads, results), plan_of(stages), {.batches = 25, .warmup = 3, .queue_depth = 1});
  }
}

TEST(Executor, InterleavedStagesWorkSideBySide) {
  // One batch after the other would take 40 ms each: 4 operators of 10 ms in turn on two workers.
  Behaviour behaviour;
  behaviour.on_run = [](const StageSpec&, std::int64_t) { std::this_thread::sleep_for(std::chrono::milliseconds(10)); };
  const Network network = sums({{-1}, {0}, {1}, {2}}, {3});
  const RunReport report =
      run_and_compare(network, plan_of({{{0, 2}, 1}, {{1, 3}, 1}}), {.batches = 30}, adders(behaviour));
  EXPECT_LT(report.period_s, 0.030);
  EXPECT_GE(report.latency_s, 0.040);
}

TEST(Executor, ErrorInAPassReachesTheCaller) {
  Behaviour behaviour;
  std::atomic<int> calls = 0;
  behaviour.on_run = [&](const StageSpec& stage, std::int64_t) {
    if (stage.operators[0][0] == NodeId(2) && ++calls == 30) throw std::runtime_error("pass on fire");
  };
  Executor executor(chain(), plan_of({{{0, 2, 4}, 1}, {{1, 3}, 1}}), adders(behaviour), {.batches = 1000});
  EXPECT_THROW(executor.run(numbered_inputs(2), {}), std::runtime_error);
}

TEST(Executor, InputAndConstantMayBeResults) {
  Network network = sums({{-1}}, {0});
  auto graph = std::make_shared<Graph>(*network.graph);
  const ValueId constant = graph->values.push_back({.name = "c", .type = DataType::int64, .shape = {}});
  Tensor seven(DataType::int64, {});
  seven.as<std::int64_t>()[0] = 7;
  graph->constants[constant] = {.type = DataType::int64, .shape = {}, .content = seven};
  graph->outputs = {ValueId(0), graph->outputs[0], constant};
  network.graph = graph;
  Executor executor(network, plan_of({{{0}, 1}}), adders(), {.batches = 3});
  executor.run(numbered_inputs(3), [&](std::size_t index, std::span<const Tensor> outputs) {
    EXPECT_EQ(outputs[0].as<std::int64_t>()[0], static_cast<std::int64_t>(1000 * index));
    EXPECT_EQ(outputs[1].as<std::int64_t>()[0], static_cast<std::int64_t>(1000 * index));
    EXPECT_EQ(outputs[2].as<std::int64_t>()[0], 7);
  });
}

TEST(Executor, TwoThousandTinyBatchesOfRandomDuration) {
  std::atomic<unsigned> draw = 1;
  Behaviour behaviour;
  behaviour.on_run = [&](const StageSpec&, std::int64_t) {
    std::minstd_rand random(draw++);
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 40);
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
  };
  run_and_compare(chain(), plan_of({{{0}, 1}, {{1}, 2}, {{2, 3}, 1}, {{4}, 2}}), {.batches = 2000, .queue_depth = 2},
                  adders(behaviour));
}

TEST(Executor, CanRunAgain) {
  const Network network = chain();
  Executor executor(network, plan_of({{{0, 1}, 2}, {{2, 3, 4}, 1}}), adders(), {.batches = 5, .warmup = 1});
  for (int round = 0; round < 3; ++round) {
    std::size_t count = 0;
    executor.run(numbered_inputs(1), [&](std::size_t, std::span<const Tensor> outputs) {
      EXPECT_EQ(outputs[1].as<std::int64_t>()[0], expected(network, 0)[1]);
      ++count;
    });
    EXPECT_EQ(count, 5U);
  }
}

TEST(Executor, BackPressureBoundsHowFarAStageRunsAhead) {
  const Network network = sums({{-1}, {0}}, {1});
  std::atomic<int> first_done = 0, second_done = 0, lead = 0;
  Behaviour behaviour;
  behaviour.on_run = [&](const StageSpec& stage, std::int64_t) {
    if (stage.operators[0][0] == NodeId(0)) {
      lead = std::max(lead.load(), ++first_done - second_done.load());
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      ++second_done;
    }
  };
  run_and_compare(network, plan_of({{{0}, 1}, {{1}, 1}}), {.batches = 40, .queue_depth = 2}, adders(behaviour));
  EXPECT_LE(lead, 4);  // two waiting, one being read, one in the making
  EXPECT_GE(lead, 2);
}

TEST(Executor, TimesAddUpToTheWall) {
  Behaviour behaviour;  // the slow stage takes six times as long, as a busy machine oversleeps by some milliseconds
  behaviour.on_run = [](const StageSpec& stage, std::int64_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(stage.operators[0][0] == NodeId(1) ? 30 : 5));
  };
  const Network network = sums({{-1}, {0}, {1}}, {2});
  const RunReport report = run_and_compare(network, plan_of({{{0}, 1}, {{1}, 1}, {{2}, 1}}),
                                           {.batches = 20, .queue_depth = 1}, adders(behaviour));
  ASSERT_EQ(report.workers.size(), 3U);
  for (const WorkerReport& worker : report.workers) {
    EXPECT_NEAR(worker.busy_s + worker.blocked_s + worker.idle_s, report.wall_s, 0.01 * report.wall_s);
    EXPECT_EQ(worker.batches, 20U);
  }
  EXPECT_GT(report.workers[0].blocked_s, report.workers[0].busy_s);
  EXPECT_GT(report.workers[1].busy_s, 0.9 * 20 * 0.030);
  EXPECT_GT(report.workers[2].idle_s, report.workers[2].busy_s);
  EXPECT_GE(report.period_s, 0.9 * 0.030) << "results may be seen late, the first that counts as well";
  EXPECT_GE(report.latency_s, 0.040);
  EXPECT_LT(report.period_s, report.latency_s);
}

TEST(Executor, BatchesAreNotBegunBeforeTheyCome) {
  std::vector<double> arrivals_s;
  for (int i = 0; i < 20; ++i) arrivals_s.push_back(0.004 * (i + 1));
  const RunReport report = run_and_compare(chain(), plan_of({{{0, 1}, 1}, {{2, 3, 4}, 2}}),
                                           {.batches = 20, .arrivals_s = arrivals_s, .trace = true});
  ASSERT_EQ(report.results_s.size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_GE(report.results_s[i], arrivals_s[i]);
  for (const TraceEvent& event : report.events)
    if (event.stage == 0 && event.what == "compute") {
      EXPECT_GE(event.start_s, arrivals_s[event.batch]);
    }
}

TEST(Executor, RefusesFewerArrivalsThanBatches) {
  const Network network = chain();
  Executor executor(network, plan_of({{{0, 1, 2, 3, 4}, 1}}), adders(), {.batches = 3, .arrivals_s = {0.1, 0.2}});
  EXPECT_THROW(executor.run(numbered_inputs(1), {}), UsageError);
}

TEST(Executor, AStopEndsAWaitForTheNextBatch) {
  std::stop_source stop;
  const Network network = chain();
  Executor executor(network, plan_of({{{0, 1, 2, 3, 4}, 1}}), adders(),
                    {.batches = 2, .arrivals_s = {0, 3600}, .stop = stop.get_token()});
  std::size_t results = 0;
  executor.run(numbered_inputs(1), [&](std::size_t, std::span<const Tensor>) {
    ++results;
    stop.request_stop();
  });
  EXPECT_EQ(results, 1u);
}

TEST(Executor, EventsAreTheTimesOfTheReport) {
  const RunReport report =
      run_and_compare(chain(), plan_of({{{0, 1}, 2}, {{2, 3, 4}, 1}}), {.batches = 30, .trace = true});
  std::map<std::pair<std::size_t, int>, std::map<std::string, double>> sums;
  std::map<std::pair<std::size_t, int>, double> last_s;
  std::size_t computed = 0;
  for (const TraceEvent& event : report.events) {
    const auto worker = std::pair(event.stage, event.replica);
    EXPECT_GE(event.end_s, event.start_s);
    EXPECT_GE(event.start_s, last_s[worker]) << "one thing at a time, in order";
    last_s[worker] = event.end_s;
    sums[worker][event.what] += event.end_s - event.start_s;
    computed += event.what == "compute";
  }
  EXPECT_EQ(computed, 60u) << "each batch once in each stage";
  for (const WorkerReport& worker : report.workers) {
    EXPECT_NEAR((sums[{worker.stage, worker.replica}]["compute"]), worker.busy_s, 1e-9);
    EXPECT_NEAR((sums[{worker.stage, worker.replica}]["wait for room"]), worker.blocked_s, 1e-9);
  }
  EXPECT_TRUE(run_and_compare(chain(), plan_of({{{0, 1, 2, 3, 4}, 1}}), {.batches = 2}).events.empty());
}

TEST(Executor, SecondReplicaHalvesThePeriod) {
  Behaviour behaviour;
  behaviour.on_run = [](const StageSpec&, std::int64_t) { std::this_thread::sleep_for(std::chrono::milliseconds(8)); };
  const Network network = sums({{-1}}, {0});
  const RunReport report = run_and_compare(network, plan_of({{{0}, 2}}), {.batches = 40}, adders(behaviour));
  EXPECT_LT(report.period_s, 0.007);
}

TEST(Executor, ErrorInAWorkerReachesTheCaller) {
  Behaviour behaviour;
  std::atomic<int> calls = 0;
  behaviour.on_run = [&](const StageSpec& stage, std::int64_t) {
    if (stage.operators[0][0] == NodeId(2) && ++calls == 30) throw std::runtime_error("stage on fire");
  };
  const Network network = chain();
  Executor executor(network, plan_of({{{0, 1}, 2}, {{2}, 1}, {{3, 4}, 1}}), adders(behaviour), {.batches = 1000});
  const auto run = [&] { executor.run(numbered_inputs(2), {}); };
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_EQ(calls, 30);
  EXPECT_THROW(run(), std::runtime_error) << "a broken pipeline stays broken";
}

TEST(Executor, ErrorInTheSinkReachesTheCaller) {
  const Network network = chain();
  Executor executor(network, plan_of({{{0, 1}, 1}, {{2, 3, 4}, 1}}), adders(), {.batches = 1000});
  const auto sink = [](std::size_t index, std::span<const Tensor>) {
    if (index == 5) throw std::logic_error("no more");
  };
  EXPECT_THROW(executor.run(numbered_inputs(2), sink), std::logic_error);
}

TEST(Executor, ErrorWhilePreparingReachesTheCaller) {
  Behaviour behaviour;
  behaviour.on_prepare = [](const StageSpec& stage) {
    if (stage.operators[0][0] == NodeId(3)) throw std::runtime_error("no memory");
  };
  const auto make = [&] { Executor(chain(), plan_of({{{0, 1, 2}, 2}, {{3, 4}, 1}}), adders(behaviour)); };
  EXPECT_THROW(make(), std::runtime_error);
}

TEST(Executor, UnsupportedOperatorIsNamed) {
  Behaviour behaviour;
  behaviour.cannot = "op3";
  try {
    Executor(chain(), plan_of({{{0, 1, 2}, 1}, {{3, 4}, 1}}), adders(behaviour));
    FAIL() << "nothing was thrown";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("sums: op3: operator type Sum cannot run here: it has no adder"));
  }
}

TEST(Executor, StopEndsTheRunEarly) {
  std::stop_source source;
  RunOptions options{.batches = 100000};
  options.stop = source.get_token();
  std::size_t seen = 0;
  options.on_progress = [&](std::size_t done) {
    seen = done;
    if (done == 10) source.request_stop();
  };
  const Network network = chain();
  Executor executor(network, plan_of({{{0, 1}, 1}, {{2, 3, 4}, 2}}), adders(), options);
  const RunReport report = executor.run(numbered_inputs(1), {});
  EXPECT_GE(seen, 10U);
  EXPECT_LT(report.workers[0].batches, 100000U);
  EXPECT_EQ(executor.run(numbered_inputs(1), {}).workers.size(), 0U) << "a stopped pipeline stays stopped";
}

TEST(Executor, MayBeAskedForMoreBatchesThanItGetsTo) {
  std::stop_source source;
  RunOptions options{.batches = std::size_t{1} << 44, .trace = true};
  options.stop = source.get_token();
  options.on_progress = [&](std::size_t done) {
    if (done == 10) source.request_stop();
  };
  Executor executor(chain(), plan_of({{{0, 1}, 1}, {{2, 3, 4}, 1}}), adders(), options);
  EXPECT_GE(executor.run(numbered_inputs(1), {}).results_s.size(), 10U);
}

TEST(Executor, StopBeforeTheStart) {
  std::stop_source source;
  source.request_stop();
  RunOptions options{.batches = 10};
  options.stop = source.get_token();
  Executor executor(chain(), plan_of({{{0, 1, 2, 3, 4}, 1}}), adders(), options);
  EXPECT_EQ(executor.run(numbered_inputs(1), {}).wall_s, 0);
}

TEST(Executor, RefusesPlansThatAreNone) {
  const auto make = [](const Plan& plan) { Executor(chain(), plan, adders()); };
  EXPECT_THROW(make(plan_of({{{0, 1, 2, 3}, 1}})), UsageError);
  EXPECT_THROW(make(plan_of({{{0, 1, 2, 3}, 1}, {{3, 4}, 1}})), UsageError);
  EXPECT_THROW(make(plan_of({{{0, 1, 2, 3, 4, 5}, 1}})), UsageError);
}

TEST(Executor, RefusesInputsOfAnotherShape) {
  Executor executor(chain(), plan_of({{{0, 1, 2, 3, 4}, 1}}), adders());
  const std::vector<std::vector<Tensor>> none, empty(1), wrong{{Tensor(DataType::int64, {2})}};
  EXPECT_THROW(executor.run(none, {}), UsageError);
  EXPECT_THROW(executor.run(empty, {}), UsageError);
  EXPECT_THROW(executor.run(wrong, {}), UsageError);
}

TEST(Executor, RefusesANetworkWithoutGraph) {
  Network network;
  network.name = "table";
  EXPECT_THROW(Executor(network, Plan{}, adders()), InputError);
}

}  // namespace
}  // namespace cleave
