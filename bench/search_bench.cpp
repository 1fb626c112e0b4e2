// Times the search and the pricing that feeds it. Each case first proves its answer: every point of
// the frontier is legal by the independent checker, proven, and no baseline beats it.
#include <cleave/cleave.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

namespace {

using namespace cleave;

Problem problem_of(const std::string& network, const std::string& cluster) {
  return {.cost = make_cost_table(read_network("zoo:" + network), read_cluster(cluster))};
}

/// Empty when the frontier is what it claims to be.
std::string fault(const Problem& problem, const Frontier& frontier) {
  for (const FrontierPoint& point : frontier.points) {
    if (!point.proven) return "a point is not proven";
    const auto complaints = check(problem, point.plan, point.score);
    if (!complaints.empty()) return complaints.front();
  }
  for (const Baseline& baseline : baselines(problem)) {
    const auto as_good = [&](const FrontierPoint& point) {
      return point.score.period_s <= baseline.score.period_s * (1 + 1e-9) &&
             point.score.energy_j <= baseline.score.energy_j * (1 + 1e-9);
    };
    if (std::none_of(frontier.points.begin(), frontier.points.end(), as_good)) return "worse than " + baseline.name;
  }
  return "";
}

/// A table of operators, to be connected and priced: times from a generator that is the same everywhere, no joules.
class Sketch {
 public:
  OpId add(std::vector<OpId> producers) {
    producers_.push_back(std::move(producers));
    return OpId(producers_.size() - 1);
  }

  /// `slowness` by class: how much longer than on the fastest; ports do not overlap with computing.
  [[nodiscard]] Problem on(const std::vector<ClassCost>& devices, const std::vector<double>& slowness) {
    Problem problem;
    CostTable& cost = problem.cost;
    const std::size_t operators = producers_.size();
    cost.inputs = cost.outputs = IndexVector<OpId, std::vector<TensorId>>(operators);
    for (std::size_t op = 0; op < operators; ++op) {
      cost.outputs[OpId(op)].push_back(cost.tensors.push_back({OpId(op), {}, op + 1 == operators}));
      for (const OpId producer : producers_[op]) {
        cost.tensors[TensorId(producer.at())].consumers.emplace_back(op);
        cost.inputs[OpId(op)].emplace_back(producer.at());
      }
    }
    for (const ClassCost& device : devices) cost.modes.push_back({.device_class = cost.classes.push_back(device)});
    cost.compute_s = Table<OpId, ModeId, double>(operators, devices.size());
    cost.compute_j = cost.weight_bytes = cost.live_bytes = cost.compute_s;
    cost.transfer_s = Table<TensorId, ModeId, double>(operators, devices.size());
    cost.transfer_j = cost.transfer_bytes = cost.transfer_s;
    for (const OpId op : cost.inputs.ids()) {
      const double compute_s = draw_s();
      const double transfer_s = 0.3 * draw_s();
      for (const ModeId mode : cost.modes.ids()) {
        cost.compute_s(op, mode) = compute_s * slowness[mode.at()];
        cost.transfer_s(TensorId(op.at()), mode) = transfer_s;
      }
    }
    return problem;
  }

 private:
  /// 0.2 to 2 ms.
  double draw_s() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return 1e-3 * (0.2 + 1.8 * static_cast<double>(state_ >> 11) * 0x1p-53);
  }

  std::vector<std::vector<OpId>> producers_;
  std::uint64_t state_ = 1;
};

/// Modules of four parallel chains of nine operators, one after the other: 10,000 ideals each.
Problem modules(int count) {
  Sketch sketch;
  OpId last = sketch.add({});
  for (int module = 0; module < count; ++module) {
    std::vector<OpId> ends(4, last);
    for (OpId& end : ends)
      for (int i = 0; i < 9; ++i) end = sketch.add({end});
    last = sketch.add(ends);
  }
  const ClassCost device{.overlap = false, .replicate = false};
  ClassCost six = device;
  six.count = 6;
  return sketch.on({six, device}, {1, 10});
}

/// A chain on devices of which no two are alike.
Problem chain_on_distinct_devices(int layers, int devices) {
  Sketch sketch;
  OpId last = sketch.add({});
  for (int layer = 1; layer < layers; ++layer) last = sketch.add({last});
  std::vector<double> slowness;
  for (int device = 0; device < devices; ++device) slowness.push_back(1 + 0.25 * device);
  return sketch.on(std::vector<ClassCost>(slowness.size(), {.overlap = false, .replicate = false}), slowness);
}

/// The same without joules, so that the period is all that counts.
Problem period_only(Problem problem) {
  CostTable& cost = problem.cost;
  for (ClassCost& device : cost.classes) device.idle_w = 0;
  for (ModeCost& mode : cost.modes) mode.stage_launch_j = mode.reload_j_per_byte = 0;
  cost.compute_j = Table<OpId, ModeId, double>(cost.operator_count(), cost.modes.size());
  cost.transfer_j = Table<TensorId, ModeId, double>(cost.tensors.size(), cost.modes.size());
  return problem;
}

void search_problem(benchmark::State& state, const Problem& problem, bool latency = false) {
  const ExploreOptions options{.latency = latency, .threads = static_cast<int>(state.range(0))};
  const Frontier frontier = explore(problem, options);
  if (const std::string what = fault(problem, frontier); !what.empty()) {
    state.SkipWithError(what.c_str());
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(explore(problem, options));
  state.counters["points"] = static_cast<double>(frontier.points.size());
  state.counters["ideals"] = static_cast<double>(frontier.ideals);
}

void search(benchmark::State& state, const std::string& network, const std::string& cluster) {
  search_problem(state, problem_of(network, cluster));
}

void search_with_latency(benchmark::State& state, const std::string& network, const std::string& cluster) {
  search_problem(state, problem_of(network, cluster), true);
}

void search_period(benchmark::State& state, const std::string& network, const std::string& cluster) {
  search_problem(state, period_only(problem_of(network, cluster)));
}

bool same_figures(const Score& a, const Score& b, bool latency) {
  const auto same = [](double x, double y) { return std::abs(x - y) <= 1e-9 * y; };
  return same(a.period_s, b.period_s) && same(a.energy_j, b.energy_j) && (!latency || same(a.latency_s, b.latency_s));
}

/// Empty when the frontiers are what they claim to be: that of the whole cluster is what the search for it alone finds.
std::string fault(const Problem& problem, const Subclusters& found, bool latency) {
  if (!found.exhaustive) return "not exhaustive";
  for (const auto& made : found.plans)
    if (const auto complaints = check(problem, made.plan, made.score); !complaints.empty()) return complaints.front();
  const Frontier whole = found.frontier(found.all.back());
  const Frontier alone = explore(problem, {.latency = latency});
  if (whole.points.size() != alone.points.size()) return "the whole cluster has other points";
  for (const FrontierPoint& point : whole.points)
    if (std::none_of(alone.points.begin(), alone.points.end(),
                     [&](const FrontierPoint& other) { return same_figures(point.score, other.score, latency); }))
      return "the whole cluster has another point";
  return fault(problem, whole);
}

void explore_all(benchmark::State& state, const Problem& problem, bool latency) {
  const ExploreOptions options{.latency = latency, .threads = static_cast<int>(state.range(0))};
  const Subclusters found = explore_subclusters(problem.cost, options);
  if (const std::string what = fault(problem, found, latency); !what.empty()) {
    state.SkipWithError(what.c_str());
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(explore_subclusters(problem.cost, options));
  state.counters["plans"] = static_cast<double>(found.plans.size());
  state.counters["ideals"] = static_cast<double>(found.ideals);
}

void search_subclusters(benchmark::State& state, const std::string& network, const std::string& cluster) {
  explore_all(state, problem_of(network, cluster), false);
}

void search_subclusters_period(benchmark::State& state, const std::string& network, const std::string& cluster) {
  explore_all(state, period_only(problem_of(network, cluster)), false);
}

void search_subclusters_with_latency(benchmark::State& state, const std::string& network, const std::string& cluster) {
  explore_all(state, problem_of(network, cluster), true);
}

void price(benchmark::State& state, const std::string& network, const std::string& cluster) {
  const Network operators = read_network("zoo:" + network);
  const Cluster devices = read_cluster(cluster);
  for (auto _ : state) benchmark::DoNotOptimize(make_cost_table(operators, devices));
  const auto evaluations = operators.operators.size() * devices.classes.size();
  state.counters["operators/s"] =
      benchmark::Counter(static_cast<double>(evaluations), benchmark::Counter::kIsIterationInvariantRate);
}

void on_one_and_two_threads(benchmark::internal::Benchmark* one) {
  one->Arg(1)->Arg(2)->ArgName("threads")->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(search, resnet50_edge4, "resnet50", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search, resnet152_edge4, "resnet152", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search, bert_base_edge4, "bert-base", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search, inceptionv3_edge4, "inceptionv3", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search, resnet50_35721_counts, "resnet50", "edge4?cpu.count=8,gpu.count=8,npu.count=20,cim.count=20")
    ->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_period, resnet152_edge4, "resnet152", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_period, bert_base_edge4, "bert-base", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_subclusters, resnet152_edge4, "resnet152", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_subclusters, bert_base_edge4, "bert-base", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_subclusters_period, resnet152_edge4, "resnet152", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_subclusters_period, bert_base_edge4, "bert-base", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_with_latency, resnet152_edge4, "resnet152", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_with_latency, bert_base_edge4, "bert-base", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_with_latency, inceptionv3_edge4, "inceptionv3", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_subclusters_with_latency, bert_base_edge4, "bert-base", "edge4")
    ->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_subclusters_with_latency, resnet152_edge4, "resnet152", "edge4")
    ->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_problem, period_220k_ideals, modules(22))->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search_problem, period_48_layers_12_types, chain_on_distinct_devices(48, 12))
    ->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(price, resnet50_edge4, "resnet50", "edge4")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(price, bert_base_edge4, "bert-base", "edge4")->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
