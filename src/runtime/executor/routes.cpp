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
std::map<ValueId, Source> sources_of(const Graph& graph, const std::vector<RoutedUnit>& units) {
  std::map<ValueId, Source> sources;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) sources[graph.inputs[i]] = {std::nullopt, i};
  for (std::size_t s = 0; s < units.size(); ++s)
    for (std::size_t i = 0; i < units[s].spec.outputs.size(); ++i) sources[units[s].spec.outputs[i]] = {s, i};
  return sources;
}

void connect(RoutedUnit& unit, const std::map<ValueId, Source>& sources) {
  std::set<std::size_t> producers;
  for (const ValueId value : unit.spec.inputs) {
    const Source source = sources.at(value);
    unit.inputs.push_back(source);
    if (source.unit) producers.insert(*source.unit);
  }
  unit.producers.assign(producers.begin(), producers.end());
}

/// Units so that producers come first; there is no circle of units.
std::vector<std::size_t> flow_order(const std::vector<RoutedUnit>& units) {
  Edges edges;
  for (std::size_t s = 0; s < units.size(); ++s)
    for (const std::size_t producer : units[s].producers) edges.emplace_back(producer, s);
  return topological_order(units.size(), edges).value();
}

/// Longest way from `start` to every unit, in units; 0 where there is none.
std::vector<std::size_t> distances(const std::vector<RoutedUnit>& units, const std::vector<std::size_t>& order,
                                   std::size_t start) {
  std::vector<std::size_t> distance(units.size(), 0);
  for (const std::size_t s : order)
    for (const std::size_t producer : units[s].producers)
      if (producer == start || distance[producer] > 0) distance[s] = std::max(distance[s], distance[producer] + 1);
  return distance;
}

void count_readers(Routes& routes, const std::vector<std::size_t>& order) {
  auto& units = routes.units;
  std::size_t deepest = 0;
  for (const RoutedUnit& unit : units) deepest = std::max(deepest, unit.depth);
  for (std::size_t s = 0; s < units.size(); ++s) {
    const auto distance = distances(units, order, s);
    for (std::size_t reader = 0; reader < units.size(); ++reader) {
      if (!std::ranges::binary_search(units[reader].producers, s)) continue;
      ++units[s].readers;
      units[s].hops = std::max({units[s].hops, distance[reader], units[reader].depth - units[s].depth});
    }
    if (!std::ranges::binary_search(routes.result_producers, s)) continue;
    ++units[s].readers;
    // The collector takes all results of a batch together: as late as the last of them.
    for (const std::size_t last : routes.result_producers) units[s].hops = std::max(units[s].hops, distance[last] + 1);
    units[s].hops = std::max(units[s].hops, deepest + 1 - units[s].depth);
  }
}

}  // namespace

void agree_on_layouts(Routes& routes, const Graph& graph,
                      const std::function<bool(std::size_t unit, ValueId value)>& prefers) {
  // Inputs and outputs of the network are row-major.
  std::set<ValueId> between;
  for (const RoutedUnit& unit : routes.units) between.insert(unit.spec.outputs.begin(), unit.spec.outputs.end());
  for (const ValueId value : graph.outputs) between.erase(value);
  for (const ValueId value : between) {
    std::vector<StageSpec*> holders;
    bool all = true;
    for (std::size_t u = 0; u < routes.units.size(); ++u) {
      StageSpec& spec = routes.units[u].spec;
      if (std::ranges::count(spec.inputs, value) + std::ranges::count(spec.outputs, value) == 0) continue;
      holders.push_back(&spec);
      all = all && prefers(u, value);
    }
    if (!all) continue;
    for (StageSpec* spec : holders) spec->channels_last.insert(value);
  }
}

Routes make_routes(const Network& network, const Plan& plan) {
  require_partition(network, plan);
  Routes routes;
  for (const Unit& unit : units_of(network, plan))
    routes.units.push_back(
        {.stage = unit.stage, .depth = unit.depth, .spec = make_stage_spec(network, unit.operators)});
  const auto sources = sources_of(*network.graph, routes.units);
  for (RoutedUnit& unit : routes.units) connect(unit, sources);

  std::set<std::size_t> producers;
  for (const ValueId value : network.graph->outputs) {
    const auto found = sources.find(value);
    routes.results.push_back(found == sources.end() ? std::nullopt : std::optional(found->second));
    if (found != sources.end() && found->second.unit) producers.insert(*found->second.unit);
  }
  routes.result_producers.assign(producers.begin(), producers.end());
  count_readers(routes, flow_order(routes.units));
  return routes;
}

}  // namespace cleave
