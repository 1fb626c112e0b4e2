#include "runtime/executor/routes.hpp"

#include "base/graph_order.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace cleave {

namespace {

void require_partition(const Network& network, const Plan& plan) {
  IndexVector<OpId, int> times(network.operators.size(), 0);
  for (const Stage& stage : plan.stages) {
    if (stage.replicas < 1) throw UsageError("the plan has a stage without a device");
    for (const OpId op : stage.operators) {
      if (op.at() >= times.size())
        throw UsageError(fmt::format("the plan names operator {}, the network has {}", op.at(), times.size()));
      ++times[op];
    }
  }
  for (const OpId op : times.ids())
    if (times[op] != 1)
      throw UsageError(fmt::format("the plan runs operator '{}' {} times; every operator belongs to exactly one stage",
                                   network.operators[op].name, times[op]));
}

/// Where every value that moves comes from.
std::map<ValueId, Source> sources_of(const Graph& graph, const std::vector<RoutedStage>& stages) {
  std::map<ValueId, Source> sources;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) sources[graph.inputs[i]] = {std::nullopt, i};
  for (std::size_t s = 0; s < stages.size(); ++s)
    for (std::size_t i = 0; i < stages[s].spec.outputs.size(); ++i) sources[stages[s].spec.outputs[i]] = {s, i};
  return sources;
}

void connect(RoutedStage& stage, const std::map<ValueId, Source>& sources) {
  std::set<std::size_t> producers;
  for (const ValueId value : stage.spec.inputs) {
    const Source source = sources.at(value);
    stage.inputs.push_back(source);
    if (source.stage) producers.insert(*source.stage);
  }
  stage.producers.assign(producers.begin(), producers.end());
}

/// Stages so that producers come first.
std::vector<std::size_t> flow_order(const std::vector<RoutedStage>& stages) {
  Edges edges;
  for (std::size_t s = 0; s < stages.size(); ++s)
    for (const std::size_t producer : stages[s].producers) edges.emplace_back(producer, s);
  const auto order = topological_order(stages.size(), edges);
  if (!order) throw UsageError("the stages of the plan wait for each other in a circle");
  return *order;
}

/// Longest way from `start` to every stage, in stages; 0 where there is none.
std::vector<std::size_t> distances(const std::vector<RoutedStage>& stages, const std::vector<std::size_t>& order,
                                   std::size_t start) {
  std::vector<std::size_t> distance(stages.size(), 0);
  for (const std::size_t s : order)
    for (const std::size_t producer : stages[s].producers)
      if (producer == start || distance[producer] > 0) distance[s] = std::max(distance[s], distance[producer] + 1);
  return distance;
}

void count_readers(Routes& routes, const std::vector<std::size_t>& order) {
  auto& stages = routes.stages;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const auto distance = distances(stages, order, s);
    for (std::size_t reader = 0; reader < stages.size(); ++reader) {
      if (!std::ranges::binary_search(stages[reader].producers, s)) continue;
      ++stages[s].readers;
      stages[s].hops = std::max(stages[s].hops, distance[reader]);
    }
    if (!std::ranges::binary_search(routes.result_producers, s)) continue;
    ++stages[s].readers;
    // The collector takes all results of a batch together: as late as the last of them.
    for (const std::size_t last : routes.result_producers)
      stages[s].hops = std::max(stages[s].hops, distance[last] + 1);
  }
}

}  // namespace

Routes make_routes(const Network& network, const Plan& plan) {
  require_partition(network, plan);
  Routes routes;
  for (const Stage& stage : plan.stages) routes.stages.push_back({.spec = make_stage_spec(network, stage.operators)});
  const auto sources = sources_of(*network.graph, routes.stages);
  for (RoutedStage& stage : routes.stages) connect(stage, sources);

  std::set<std::size_t> producers;
  for (const ValueId value : network.graph->outputs) {
    const auto found = sources.find(value);
    routes.results.push_back(found == sources.end() ? std::nullopt : std::optional(found->second));
    if (found != sources.end() && found->second.stage) producers.insert(*found->second.stage);
  }
  routes.result_producers.assign(producers.begin(), producers.end());
  count_readers(routes, flow_order(routes.stages));
  return routes;
}

}  // namespace cleave
