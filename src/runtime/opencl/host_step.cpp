#include "runtime/opencl/host_step.hpp"

#include "runtime/cpu/compile.hpp"

#include <algorithm>
#include <memory>

namespace cleave::opencl {
namespace {

void add_new(std::vector<ValueId>& list, const Graph& graph, ValueId value) {
  if (value.valid() && !graph.constants.contains(value) && std::ranges::find(list, value) == list.end())
    list.push_back(value);
}

/// The step as a stage of its own.
StageSpec stage_of(const std::shared_ptr<const Graph>& graph, const cpu::Step& step) {
  StageSpec spec{.graph = graph, .operators = {}, .inputs = {}, .outputs = {step.result}};
  for (const ValueId value : step.node->inputs) add_new(spec.inputs, *graph, value);
  add_new(spec.inputs, *graph, step.residual);
  for (std::size_t i = 1; i < step.node->outputs.size(); ++i) add_new(spec.outputs, *graph, step.node->outputs[i]);
  return spec;
}

}  // namespace

void add_host_step(DeviceStageBuilder& builder, const cpu::Step& step, const cpu::onednn::Library& library) {
  const StageSpec spec = stage_of(builder.shared_graph(), step);
  const cpu::Codes codes;
  cpu::StageBuilder host(spec, library, codes);
  cpu::build_step(host, step);
  const auto stage = std::make_shared<cpu::CompiledStage>(host.finish());
  builder.compute([stage](auto inputs, auto outputs) { stage->run(inputs, outputs); }, spec.inputs, spec.outputs);
}

}  // namespace cleave::opencl
