// Times the search and the pricing that feeds it. Each case first proves its answer: every point of
// the frontier is legal by the independent checker, proven, and no baseline beats it.
#include <cleave/cleave.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
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

void search(benchmark::State& state, const std::string& network, const std::string& cluster) {
  const Problem problem = problem_of(network, cluster);
  const ExploreOptions options{.threads = static_cast<int>(state.range(0))};
  const Frontier frontier = explore(problem, options);
  if (const std::string what = fault(problem, frontier); !what.empty()) {
    state.SkipWithError(what.c_str());
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(explore(problem, options));
  state.counters["points"] = static_cast<double>(frontier.points.size());
  state.counters["ideals"] = static_cast<double>(frontier.ideals);
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
  one->Arg(1)->Arg(2)->ArgName("threads")->UseRealTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(search, resnet50_edge4, "resnet50", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search, resnet152_edge4, "resnet152", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search, bert_base_edge4, "bert-base", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(search, inceptionv3_edge4, "inceptionv3", "edge4")->Apply(on_one_and_two_threads);
BENCHMARK_CAPTURE(price, resnet50_edge4, "resnet50", "edge4")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(price, bert_base_edge4, "bert-base", "edge4")->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
