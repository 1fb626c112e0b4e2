// Many tiny inferences through pipelines of all shapes, with faults: meant for the thread sanitizer.
#include "runtime/adders.hpp"

#include <cleave/recovery.hpp>

#include <algorithm>
#include <atomic>
#include <random>
#include <stdexcept>

namespace cleave {
namespace {

Plan random_plan(std::mt19937& random, std::size_t operators) {
  std::vector<std::pair<std::vector<std::size_t>, int>> stages(1 + random() % 4);
  for (auto& [ops, replicas] : stages) replicas = 1 + static_cast<int>(random() % 3);
  const bool contiguous = random() % 2 == 0;
  for (std::size_t op = 0; op < operators; ++op)
    stages[contiguous ? op * stages.size() / operators : random() % stages.size()].first.push_back(op);
  std::erase_if(stages, [](const auto& stage) { return stage.first.empty(); });
  return plan_of(stages);
}

/// Operators that read up to three of those before.
Network random_network(std::mt19937& random) {
  const std::size_t operators = 3 + random() % 6;
  std::vector<std::vector<int>> reads(operators);
  for (std::size_t i = 0; i < operators; ++i)
    for (std::size_t k = 0; k < 1 + random() % 3; ++k) reads[i].push_back(static_cast<int>(random() % (i + 1)) - 1);
  return sums(reads, {operators - 1, random() % operators});
}

/// One pipeline after the other until `inferences` were answered.
void stress(std::size_t inferences) {
  std::mt19937 random(11);
  const auto inputs = numbered_inputs(5);
  for (std::size_t answered = 0, round = 0; answered < inferences; ++round) {
    SCOPED_TRACE(round);
    const Network network = random_network(random);
    RunOptions options{.batches = std::min<std::size_t>(inferences - answered, 500 + random() % 1500)};
    options.queue_depth = std::size_t{1} << random() % 7;
    options.trace = random() % 4 == 0;
    if (random() % 5 == 0)
      for (std::size_t i = 0; i < options.batches; ++i) options.arrivals_s.push_back(1e-6 * static_cast<double>(i));
    std::atomic<unsigned> draw = static_cast<unsigned>(random());
    std::atomic<int> faults = static_cast<int>(random() % 3);
    Behaviour behaviour;
    behaviour.on_run = [&](const StageSpec&, std::int64_t) {
      std::minstd_rand now(++draw);
      if (now() % 700 == 0 && faults-- > 0) throw std::runtime_error("injected");
      const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(now() % 8 == 0 ? now() % 30 : 0);
      while (std::chrono::steady_clock::now() < until) {
      }
    };
    std::vector<std::vector<std::int64_t>> wanted;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      wanted.push_back(expected(network, static_cast<std::int64_t>(1000 * i)));
    std::size_t next = 0, wrong = 0;
    const auto sink = [&](std::size_t index, std::span<const Tensor> outputs) {
      if (index != next++) ++wrong;
      for (std::size_t i = 0; i < outputs.size(); ++i)
        if (outputs[i].as<std::int64_t>()[0] != wanted[index % inputs.size()][i]) ++wrong;
    };
    const auto replan = [&](const Plan&, std::span<const Failure>) {
      return std::optional(random_plan(random, network.operators.size()));
    };
    (void)run_with_recovery(network, random_plan(random, network.operators.size()), adders(behaviour), options, inputs,
                            sink, replan);
    ASSERT_EQ(next, options.batches);
    ASSERT_EQ(wrong, 0U);
    answered += next;
  }
}

class ExecutorStress : public testing::TestWithParam<std::size_t> {};

TEST_P(ExecutorStress, NothingIsLostAndNothingReordered) { stress(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Slow, ExecutorStress, testing::Values(100'000));

TEST(Executor, StressOfAFewThousand) { stress(4000); }

}  // namespace
}  // namespace cleave
