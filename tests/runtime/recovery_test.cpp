// Runs that lose devices: every batch is answered once, in order, and rightly.
#include "runtime/adders.hpp"

#include <cleave/error.hpp>
#include <cleave/recovery.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <new>
#include <random>
#include <stdexcept>

namespace cleave {
namespace {

using testing::HasSubstr;

/// A sink that expects batch 0, 1, 2, ... of `network` on numbered inputs.
class Expecting {
 public:
  Expecting(Network network, std::size_t inputs) : network_(std::move(network)), inputs_(inputs) {}
  void operator()(std::size_t index, std::span<const Tensor> outputs) {
    EXPECT_EQ(index, next_++);
    const auto wanted = expected(network_, static_cast<std::int64_t>(1000 * (index % inputs_)));
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(outputs[i].as<std::int64_t>()[0], wanted[i]);
  }
  [[nodiscard]] std::size_t count() const { return next_; }

 private:
  Network network_;
  std::size_t inputs_;
  std::size_t next_ = 0;
};

TEST(ExecutorRecovery, GoesOnFromTheFirstBatchWithoutAnAnswer) {
  const Network network = chain();
  RunOptions options{.batches = 200};
  std::atomic<bool> dead = false;
  options.before_compute = [&](std::size_t stage, int, std::size_t batch) {
    if (!dead && stage == 1 && batch == 77) {
      dead = true;
      throw std::runtime_error("device lost");
    }
  };
  Expecting sink(network, 7);
  const Plan before = plan_of({{{0, 1}, 1}, {{2}, 2}, {{3, 4}, 1}});
  const Plan after = plan_of({{{0, 1, 2}, 1}, {{3, 4}, 1}});
  std::size_t asked = 0;
  const auto replan = [&](const Plan& plan, std::span<const Failure> failures) -> std::optional<Plan> {
    ++asked;
    EXPECT_EQ(plan, before);
    EXPECT_EQ(failures.size(), 1U);
    EXPECT_EQ(failures[0].stage, 1U);
    return after;
  };
  const RecoveredRun run =
      run_with_recovery(network, before, adders(), options, numbered_inputs(7), std::ref(sink), replan);
  EXPECT_EQ(sink.count(), 200U);
  EXPECT_EQ(asked, 1U);
  EXPECT_TRUE(run.feasible);
  ASSERT_EQ(run.parts.size(), 2U);
  const Loss& loss = *run.parts[0].loss;
  ASSERT_EQ(loss.failures.size(), 1U);
  EXPECT_EQ(loss.failures[0].batch, 77U);
  EXPECT_THAT(loss.failures[0].what, HasSubstr("device lost"));
  EXPECT_LE(loss.answered, 77U);
  EXPECT_EQ(run.parts[1].first_batch, loss.answered);
  EXPECT_GT(loss.at_s, 0);
  EXPECT_GE(loss.recovered_s, loss.replanned_s);
  EXPECT_EQ(run.parts[1].plan, after);
  EXPECT_FALSE(run.parts[1].loss);
  ASSERT_EQ(run.results_s.size(), 200U);
  EXPECT_TRUE(std::is_sorted(run.results_s.begin(), run.results_s.end()));
}

TEST(ExecutorRecovery, DevicesThatAreLostTogetherAreLostAll) {
  const Network network = chain();
  RunOptions options{.batches = 40};
  std::atomic<int> arrived = 0;
  options.before_compute = [&](std::size_t stage, int replica, std::size_t batch) {
    if (stage != 0 || batch < 10 || replica > 1 || arrived >= 2) return;
    ++arrived;
    while (arrived < 2) std::this_thread::yield();  // both have begun their pass
    throw std::runtime_error("device lost");
  };
  Expecting sink(network, 7);
  const Plan before = plan_of({{{0, 1, 2, 3, 4}, 3}});
  const auto replan = [&](const Plan& plan, std::span<const Failure> failures) {
    EXPECT_EQ(plan, before);
    EXPECT_EQ(failures.size(), 2U);
    EXPECT_NE(failures.front().replica, failures.back().replica);
    return std::optional(plan_of({{{0, 1, 2, 3, 4}, 1}}));
  };
  const RecoveredRun run =
      run_with_recovery(network, before, adders(), options, numbered_inputs(7), std::ref(sink), replan);
  EXPECT_EQ(sink.count(), 40U);
  ASSERT_EQ(run.parts.size(), 2U);
  EXPECT_EQ(run.parts[0].loss->failures.size(), 2U);
}

TEST(ExecutorRecovery, WithoutAPlanWhatWasAnsweredStays) {
  const Network network = chain();
  RunOptions options{.batches = 50};
  options.before_compute = [](std::size_t, int, std::size_t batch) {
    if (batch == 20) throw std::runtime_error("lost");
  };
  Expecting sink(network, 7);
  const auto none = [](const Plan&, std::span<const Failure>) { return std::optional<Plan>(); };
  const RecoveredRun run = run_with_recovery(network, plan_of({{{0, 1, 2, 3, 4}, 1}}), adders(), options,
                                             numbered_inputs(7), std::ref(sink), none);
  EXPECT_FALSE(run.feasible);
  EXPECT_EQ(sink.count(), 20U) << "what had been computed is handed over";
  EXPECT_EQ(run.results_s.size(), sink.count());
  EXPECT_EQ(run.parts[0].loss->answered, sink.count());
}

TEST(ExecutorRecovery, AnEngineThatThrowsWhileWarmingUpIsALossToo) {
  std::atomic<bool> thrown = false;
  Behaviour behaviour;
  behaviour.on_run = [&](const StageSpec&, std::int64_t) {
    if (!thrown.exchange(true)) throw std::runtime_error("cold");
  };
  const Network network = chain();
  const Plan plan = plan_of({{{0, 1, 2, 3, 4}, 1}});
  Expecting sink(network, 3);
  const auto same = [&](const Plan& old, std::span<const Failure> failures) {
    EXPECT_FALSE(failures[0].batch);
    return std::optional(old);
  };
  const RecoveredRun run =
      run_with_recovery(network, plan, adders(behaviour), {.batches = 9}, numbered_inputs(3), std::ref(sink), same);
  EXPECT_EQ(run.parts.size(), 2U);
  EXPECT_EQ(sink.count(), 9U);
}

TEST(ExecutorRecovery, ErrorsOfTheSinkAndOfPreparingAreNoLosses) {
  const Network network = chain();
  const Plan plan = plan_of({{{0, 1}, 1}, {{2, 3, 4}, 1}});
  const auto never = [](const Plan& old, std::span<const Failure>) {
    ADD_FAILURE() << "nothing was lost";
    return std::optional(old);
  };
  const auto full = [](std::size_t, std::span<const Tensor>) { throw std::logic_error("disk full"); };
  EXPECT_THROW((void)run_with_recovery(network, plan, adders(), {.batches = 9}, numbered_inputs(1), full, never),
               std::logic_error);
  Behaviour behaviour;
  behaviour.cannot = "op3";
  EXPECT_THROW((void)run_with_recovery(network, plan, adders(behaviour), {.batches = 9}, numbered_inputs(1), {}, never),
               InputError);
}

TEST(ExecutorRecovery, BadInputsAndTooLittleMemoryAreNoLosses) {
  const Network network = chain();
  const Plan plan = plan_of({{{0, 1}, 1}, {{2, 3, 4}, 1}});
  const auto again = [&](const Plan&, std::span<const Failure>) {
    ADD_FAILURE() << "another plan does not help";
    return std::optional(plan);
  };
  RunOptions options{.batches = 30};
  const auto run = [&] {
    (void)run_with_recovery(network, plan, adders(), options, numbered_inputs(7), nullptr, again);
  };
  options.before_compute = [](std::size_t, int, std::size_t batch) {
    if (batch == 10) throw InputError("net", "node", "index 5 is outside", "feed others");
  };
  EXPECT_THROW(run(), InputError);
  options.before_compute = [](std::size_t, int, std::size_t batch) {
    if (batch == 10) throw std::bad_alloc();
  };
  EXPECT_THROW(run(), std::bad_alloc);
}

TEST(ExecutorRecovery, ThePaceFollowsThePlan) {
  const Network network = chain();
  RunOptions options{.batches = 12};
  const DevicePace two_ms{.passes = {{0, 0.002, 0}}};
  options.pace = {two_ms, two_ms};
  std::atomic<bool> dead = false;
  options.before_compute = [&](std::size_t stage, int, std::size_t batch) {
    if (stage == 1 && batch == 5 && !dead.exchange(true)) throw std::runtime_error("lost");
  };
  Expecting sink(network, 7);
  const auto whole = [](const Plan&, std::span<const Failure>) {
    return std::optional(plan_of({{{0, 1, 2, 3, 4}, 1}}));
  };
  const auto change = [&](const Plan& plan, RunOptions& changed) { changed.pace.assign(plan.stages.size(), two_ms); };
  const RecoveredRun run = run_with_recovery(network, plan_of({{{0, 1}, 1}, {{2, 3, 4}, 1}}), adders(), options,
                                             numbered_inputs(7), std::ref(sink), whole, change);
  EXPECT_EQ(sink.count(), 12U);
  EXPECT_GE(run.parts[1].report.wall_s, 7 * 0.002);
}

TEST(ExecutorRecovery, BatchesThatCameInTheMeantimeAreTakenUp) {
  const Network network = chain();
  RunOptions options{.batches = 30};
  for (int i = 0; i < 30; ++i) options.arrivals_s.push_back(0.002 * i);
  std::atomic<bool> dead = false;
  options.before_compute = [&](std::size_t, int, std::size_t batch) {
    if (batch == 10 && !dead.exchange(true)) throw std::runtime_error("lost");
  };
  Expecting sink(network, 7);
  const auto same = [](const Plan& plan, std::span<const Failure>) { return std::optional(plan); };
  const RecoveredRun run = run_with_recovery(network, plan_of({{{0, 1, 2, 3, 4}, 1}}), adders(), options,
                                             numbered_inputs(7), std::ref(sink), same);
  EXPECT_EQ(sink.count(), 30U);
  for (std::size_t i = 0; i < 30; ++i) EXPECT_GE(run.results_s[i], options.arrivals_s[i] - 1e-3);
}

/// A random partition of the chain, with replicas.
Plan random_plan(std::mt19937& random) {
  std::vector<std::pair<std::vector<std::size_t>, int>> stages(1 + random() % 4);
  for (auto& [ops, replicas] : stages) replicas = 1 + static_cast<int>(random() % 3);
  for (std::size_t op = 0; op < 5; ++op) stages[random() % stages.size()].first.push_back(op);
  std::erase_if(stages, [](const auto& stage) { return stage.first.empty(); });
  return plan_of(stages);
}

TEST(ExecutorRecovery, RandomFaultsLoseNothingAndAnswerNothingTwice) {
  const Network network = chain();
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    RunOptions options{.batches = 60 + random() % 60, .warmup = random() % 5, .lone = random() % 3};
    options.queue_depth = 1 + random() % 8;
    std::atomic<int> faults = static_cast<int>(random() % 5);
    std::atomic<unsigned> passes = 0;
    const auto every = static_cast<unsigned>(20 + random() % 200);
    options.before_compute = [&](std::size_t, int, std::size_t) {
      if (++passes % every == 0 && faults-- > 0) throw std::runtime_error("random fault");
    };
    Expecting sink(network, 7);
    const auto replan = [&](const Plan&, std::span<const Failure>) { return std::optional(random_plan(random)); };
    const RecoveredRun run =
        run_with_recovery(network, random_plan(random), adders(), options, numbered_inputs(7), std::ref(sink), replan);
    ASSERT_EQ(sink.count(), options.batches);
    ASSERT_EQ(run.results_s.size(), options.batches);
  }
}

}  // namespace
}  // namespace cleave
