#pragma once
/// Running parts of small networks on one engine.

#include "runtime/random_inputs.hpp"

#include <cleave/runtime.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

namespace cleave {

using MakeBackend = std::function<std::unique_ptr<Backend>()>;

/// Values of the graph by id, as far as they are known.
using Known = std::map<ValueId, Tensor>;

inline Known known_inputs(const Graph& graph, std::uint64_t seed) {
  Known known;
  auto tensors = random_inputs(graph, seed);
  for (std::size_t i = 0; i < tensors.size(); ++i) known[graph.inputs[i]] = std::move(tensors[i]);
  return known;
}

/// Runs some operators as one stage, adding what they deliver to `known`.
inline void run_stage(const Network& network, std::span<const OpId> operators, const MakeBackend& make, Known& known) {
  const StageSpec spec = make_stage_spec(network, operators);
  const auto backend = make();
  for (const auto& nodes : spec.operators)
    for (const NodeId id : nodes) ASSERT_EQ(backend->unsupported(*spec.graph, spec.graph->nodes[id]), "");
  backend->prepare(spec);
  std::vector<const Tensor*> inputs;
  for (const ValueId value : spec.inputs) inputs.push_back(&known.at(value));
  std::vector<Tensor> results;
  for (const ValueId value : spec.outputs)
    results.emplace_back(spec.graph->values[value].type, spec.graph->values[value].shape);
  std::vector<Tensor*> outputs;
  for (Tensor& tensor : results) outputs.push_back(&tensor);
  backend->run(inputs, outputs);
  backend->run(inputs, outputs);  // nothing of the first run may show in the second
  for (std::size_t i = 0; i < results.size(); ++i) known[spec.outputs[i]] = std::move(results[i]);
}

inline std::vector<OpId> op_range(std::size_t first, std::size_t last) {
  std::vector<OpId> ops;
  for (std::size_t i = first; i < last; ++i) ops.push_back(OpId(i));
  return ops;
}

inline std::vector<Tensor> results(const Network& network, const Known& known) {
  std::vector<Tensor> tensors;
  for (const ValueId value : network.graph->outputs) tensors.push_back(known.at(value));
  return tensors;
}

inline std::vector<Tensor> run_whole(const Network& network, const MakeBackend& make) {
  Known known = known_inputs(*network.graph, 3);
  run_stage(network, op_range(0, network.operators.size()), make, known);
  return results(network, known);
}

/// Every pair of cut positions: three stages compute bit for bit what one does.
inline void expect_same_when_split(const Network& network, const MakeBackend& make) {
  const auto whole = run_whole(network, make);
  const std::size_t count = network.operators.size();
  for (std::size_t first = 0; first <= count; ++first) {
    for (std::size_t second = first; second <= count; ++second) {
      Known known = known_inputs(*network.graph, 3);
      run_stage(network, op_range(0, first), make, known);
      run_stage(network, op_range(first, second), make, known);
      run_stage(network, op_range(second, count), make, known);
      ASSERT_EQ(results(network, known), whole) << "cut at " << first << " and " << second;
    }
  }
}

}  // namespace cleave
