#include "runtime/stagewise.hpp"

#include "runtime/executor/units.hpp"
#include "runtime/supported.hpp"

#include <algorithm>

namespace cleave {

namespace {

/// Runs one unit on what is known for a batch, and adds what it delivers.
void run_unit(Backend& backend, const StageSpec& spec, BorderValues& values) {
  std::vector<Tensor> results;
  for (const ValueId id : spec.outputs) results.emplace_back(spec.graph->values[id].type, spec.graph->values[id].shape);
  std::vector<const Tensor*> inputs;
  std::vector<Tensor*> outputs;
  for (const ValueId id : spec.inputs) inputs.push_back(&values.at(id));
  for (Tensor& tensor : results) outputs.push_back(&tensor);
  backend.run(inputs, outputs);
  for (std::size_t i = 0; i < results.size(); ++i) values.insert_or_assign(spec.outputs[i], std::move(results[i]));
}

}  // namespace

std::vector<BorderValues> compute_stagewise(const Network& network, const Plan& plan, const BackendFactory& backend,
                                            std::span<const std::vector<Tensor>> inputs) {
  std::vector<BorderValues> batches(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    for (std::size_t j = 0; j < inputs[i].size(); ++j) batches[i].emplace(network.graph->inputs[j], inputs[i][j]);
  for (const Unit& unit : units_of(network, plan)) {
    const StageSpec spec = make_stage_spec(network, unit.operators);
    const auto engine = backend(plan.stages[unit.stage].mode);
    require_supported(*engine, spec, network.name);
    engine->prepare(spec);
    for (BorderValues& values : batches) run_unit(*engine, spec, values);
  }
  return batches;
}

std::vector<std::vector<ValueId>> stage_outputs(const Network& network, const Plan& plan) {
  std::vector<std::vector<ValueId>> outputs(plan.stages.size());
  for (const Unit& unit : units_of(network, plan)) {
    const std::vector<ValueId> own = make_stage_spec(network, unit.operators).outputs;
    outputs[unit.stage].insert(outputs[unit.stage].end(), own.begin(), own.end());
  }
  for (auto& of_stage : outputs) std::ranges::sort(of_stage);
  return outputs;
}

}  // namespace cleave
