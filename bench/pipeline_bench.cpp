// What the pipeline itself costs, against stated goals: hand-over between workers, and how exactly paced runs keep
// their pace. Run it on a machine that is otherwise quiet; exit code 1 when a goal is missed.
//   bench_pipeline handover | pace [SEED]
// And how fast results move from the core that made them to the one that reads them, which has no goal:
//   bench_pipeline moving
#include "runtime/executor/core_pinning.hpp"
#include "runtime/executor/ring.hpp"

#include <cleave/cleave.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace cleave;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Two threads on two cores pass a result to and fro; half of a round trip, in seconds.
double handover_s(const std::vector<int>& cores, std::size_t rounds) {
  const std::vector<Tensor> one(1, Tensor(DataType::float32, {1}));
  Ring there(2, 1, one), back(2, 1, one);
  const auto pass = [](Ring& ring, std::uint64_t turn) {
    ring.wait_free(turn, Patience::watches);
    ring.publish(turn);
  };
  const auto take = [](Ring& ring, std::uint64_t turn) {
    ring.wait_ready(turn, Patience::watches);
    ring.release(turn);
  };
  std::jthread other([&] {
    pin_this_thread(cores.back());
    for (std::uint64_t turn = 0; turn < rounds; ++turn) {
      take(there, turn);
      pass(back, turn);
    }
  });
  pin_this_thread(cores.front());
  const Clock::time_point start = Clock::now();
  for (std::uint64_t turn = 0; turn < rounds; ++turn) {
    pass(there, turn);
    take(back, turn);
  }
  return seconds(Clock::now() - start) / (2 * static_cast<double>(rounds));
}

bool bench_handover() {
  constexpr double goal_s = 2e-6;
  const std::vector<int> cores = usable_cores();  // of a thread that is not pinned yet
  if (cores.size() < 2) {
    fmt::print("handover: needs two cores\n");
    return true;
  }
  std::vector<double> times;
  for (int repeat = 0; repeat < 9; ++repeat) times.push_back(handover_s(cores, 20'000));
  fmt::print("handover between two pinned threads: median {:.3f} us, best {:.3f} us (goal: below {:.0f} us)\n",
             1e6 * median(times), 1e6 * *std::min_element(times.begin(), times.end()), 1e6 * goal_s);
  return median(times) < goal_s;
}

/// Of one byte.
struct Moving {
  double write_s = 0;
  double read_s = 0;
};

/// Least times in which a result of 2 MiB, more than a core's own cache has, is written on one core and then read on
/// another, or on the same one.
Moving moving_s(int writer, int reader) {
  constexpr std::size_t bytes = std::size_t{2} << 20;
  constexpr std::uint64_t rounds = 1000;
  const std::vector<Tensor> result(1, Tensor(DataType::int32, {bytes / sizeof(std::int32_t)}));
  Ring ring(1, 1, result);
  std::vector<double> write_s, read_s;
  const auto write = [&](std::uint64_t turn) {
    ring.wait_free(turn, Patience::watches);
    const Clock::time_point start = Clock::now();
    std::ranges::fill(ring.tensors(turn)[0].as<std::int32_t>(), static_cast<std::int32_t>(turn));
    write_s.push_back(seconds(Clock::now() - start) / bytes);
    ring.publish(turn);
  };
  bool right = true;
  const auto read = [&](std::uint64_t turn) {
    ring.wait_ready(turn, Patience::watches);
    const Clock::time_point start = Clock::now();
    std::int32_t different = 0;
    for (const std::int32_t number : ring.tensors(turn)[0].as<std::int32_t>())
      different |= number ^ static_cast<std::int32_t>(turn);
    read_s.push_back(seconds(Clock::now() - start) / bytes);
    right &= different == 0;
    ring.release(turn);
  };
  {
    std::jthread other;
    if (reader != writer)
      other = std::jthread([&] {
        pin_this_thread(reader);
        for (std::uint64_t turn = 0; turn < rounds; ++turn) read(turn);
      });
    pin_this_thread(writer);
    for (std::uint64_t turn = 0; turn < rounds; ++turn) {
      write(turn);
      if (reader == writer) read(turn);
    }
  }
  if (!right) throw std::logic_error("what was read is not what was written");
  return {median(write_s), median(read_s)};
}

void bench_moving() {
  const std::vector<int> cores = usable_cores();
  if (cores.size() < 2) {
    fmt::print("moving: needs two cores\n");
    return;
  }
  const int one = cores.front(), other = cores.back();
  const Moving alone = moving_s(one, one), across = moving_s(one, other);
  for (const auto& [what, time] : {std::pair("within one core", alone), std::pair("between two cores", across)})
    fmt::print("{}: written with {:.1f} GB/s, read with {:.1f} GB/s\n", what, 1e-9 / time.write_s, 1e-9 / time.read_s);
  const double more_s = across.write_s + across.read_s - alone.write_s - alone.read_s;
  fmt::print("moving a byte takes {:.4f} ns more: {:.1f} GB/s\n", 1e9 * more_s, 1e-9 / more_s);
}

/// A chain of `count` Relus, one operator each, that the CPU engine really computes.
Network chain(std::size_t count) {
  auto graph = std::make_shared<Graph>();
  const Value value{.name = "x", .type = DataType::float32, .shape = {1, 16, 8, 8}};
  graph->inputs = {graph->values.push_back(value)};
  Network network;
  network.name = "chain";
  for (std::size_t i = 0; i < count; ++i) {
    Node node{
        .name = fmt::format("relu{}", i), .type = "Relu", .domain = "", .inputs = {}, .outputs = {}, .attributes = {}};
    node.inputs = {ValueId(i)};
    node.outputs = {graph->values.push_back(value)};
    Operator op;
    op.name = node.name;
    op.nodes = {graph->nodes.push_back(node)};
    network.operators.push_back(op);
  }
  graph->outputs = {ValueId(count)};
  network.graph = graph;
  return network;
}

struct Case {
  CostTable cost;
  Plan plan;
};

/// Each operator on a device of its own, with times between 1 and 50 ms.
Case random_devices(std::size_t stages, std::mt19937& random) {
  const auto draw_s = [&](double most) {
    return 1e-3 * std::pow(most, std::uniform_real_distribution<double>(0, 1)(random));
  };
  Case c;
  CostTable& cost = c.cost;
  cost.inputs = cost.outputs = IndexVector<OpId, std::vector<TensorId>>(stages);
  cost.compute_s = cost.compute_j = cost.weight_bytes = cost.live_bytes = Table<OpId, ModeId, double>(stages, stages);
  cost.transfer_s = cost.transfer_j = cost.transfer_bytes = Table<TensorId, ModeId, double>(stages + 1, stages);
  for (std::size_t i = 0; i <= stages; ++i) {
    TensorUse use{.producer = i > 0 ? OpId(i - 1) : OpId(), .consumers = {}, .leaves = i == stages};
    if (i < stages) use.consumers = {OpId(i)};
    const TensorId tensor = cost.tensors.push_back(use);
    if (i > 0) cost.outputs[OpId(i - 1)].push_back(tensor);
    if (i < stages) cost.inputs[OpId(i)].push_back(tensor);
  }
  for (std::size_t i = 0; i < stages; ++i) {
    const int replicas = random() % 4 == 0 ? 2 : 1;
    cost.classes.push_back({.count = replicas, .full_duplex = random() % 2 == 0, .overlap = random() % 4 > 0});
    cost.modes.push_back({.device_class = ClassId(i)});
    cost.compute_s(OpId(i), ModeId(i)) = draw_s(50);
    cost.transfer_s(TensorId(i), ModeId(i)) = draw_s(8);
    cost.transfer_s(TensorId(i + 1), ModeId(i)) = draw_s(8);
    c.plan.stages.push_back({.mode = ModeId(i), .replicas = replicas, .operators = {OpId(i)}});
  }
  return c;
}

bool bench_pace(unsigned seed) {
  constexpr double rate_goal = 0.98, simulate_goal = 0.03, about_s = 2.5;
  std::mt19937 random(seed);
  bool reached = true;
  fmt::print("{:>6} {:>12} {:>12} {:>12} {:>8} {:>10}\n", "stages", "slowest", "simulated", "measured", "rate",
             "latency");
  for (std::size_t stages = 2; stages <= 6; ++stages) {
    const Case c = random_devices(stages, random);
    const Network network = chain(stages);
    const Trace simulated = simulate(c.cost, c.plan, 0);
    const double slowest_s = evaluate(c.cost, c.plan).period_s;
    RunOptions options{.batches = std::max<std::size_t>(60, static_cast<std::size_t>(about_s / slowest_s))};
    options.pace = predicted_pace(c.cost, c.plan);
    Executor executor(
        network, c.plan, [](ModeId) { return make_cpu_backend(); }, options);
    std::vector<std::vector<Tensor>> inputs(1);
    inputs[0].emplace_back(DataType::float32, network.graph->values[ValueId(0)].shape);
    const RunReport run = executor.run(inputs, {});
    const double rate = slowest_s / run.period_s;
    const bool good = rate >= rate_goal && std::abs(run.period_s / simulated.period_s - 1) <= simulate_goal;
    reached &= good;
    fmt::print("{:>6} {:>9.3f} ms {:>9.3f} ms {:>9.3f} ms {:>6.2f} % {:>+8.2f} %{}\n", stages, 1e3 * slowest_s,
               1e3 * simulated.period_s, 1e3 * run.period_s, 100 * rate,
               100 * (run.latency_s / simulated.latency_s - 1), good ? "" : "  missed");
  }
  fmt::print(
      "rate: of the slowest stage's (goal: at least {:.0f} %, and within {:.0f} % of simulate); latency: against "
      "simulate\n",
      100 * rate_goal, 100 * simulate_goal);
  return reached;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view what = count > 1 ? arguments[1] : "";
  if (what == "handover") return bench_handover() ? 0 : 1;
  if (what == "pace") return bench_pace(count > 2 ? static_cast<unsigned>(std::atoi(arguments[2])) : 1) ? 0 : 1;
  if (what == "moving") {
    bench_moving();
    return 0;
  }
  fmt::print(stderr, "usage: bench_pipeline handover | moving | pace [SEED]\n");
  return 2;
}
