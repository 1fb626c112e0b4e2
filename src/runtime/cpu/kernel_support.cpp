#include "runtime/cpu/kernel_support.hpp"

#include <fmt/format.h>

namespace cleave::cpu {

std::string floats_only(const Graph& graph, const Node& node, std::size_t count) {
  const auto complaint = [&](const char* what, ValueId value) {
    return fmt::format("{} '{}' is {}, only float32 is implemented", what, graph.values[value].name,
                       name_of(graph.values[value].type));
  };
  for (std::size_t i = 0; i < count; ++i)
    if (has_input(node, i) && graph.values[node.inputs[i]].type != DataType::float32)
      return complaint("input", node.inputs[i]);
  if (graph.values[node.outputs[0]].type != DataType::float32) return complaint("output", node.outputs[0]);
  return "";
}

std::string constant_only(const Graph& graph, const Node& node, std::size_t input, const char* what) {
  if (!has_input(node, input) || graph.constants.contains(node.inputs[input])) return "";
  return fmt::format("its {} is computed at run time, only a constant is implemented", what);
}

std::string one_output(const Node& node) {
  for (std::size_t i = 1; i < node.outputs.size(); ++i)
    if (node.outputs[i].valid()) return fmt::format("its output {} is not implemented", i + 1);
  return "";
}

std::string first_of(std::initializer_list<std::string> complaints) {
  for (const std::string& complaint : complaints)
    if (!complaint.empty()) return complaint;
  return "";
}

std::vector<std::int64_t> constant_integers(const Graph& graph, ValueId value) {
  const Tensor tensor = materialize(graph.constants.at(value));
  if (tensor.type == DataType::int32) {
    const auto elements = tensor.as<std::int32_t>();
    return {elements.begin(), elements.end()};
  }
  const auto elements = tensor.as<std::int64_t>();
  return {elements.begin(), elements.end()};
}

std::optional<std::vector<std::int64_t>> integers(const Graph& graph, const Node& node, const char* attribute,
                                                  std::size_t input) {
  if (node.has(attribute)) return node.attribute(attribute, std::vector<std::int64_t>());
  if (has_input(node, input)) return constant_integers(graph, node.inputs[input]);
  return std::nullopt;
}

void add_routine(StageBuilder& builder, const onednn::Routine& routine, SlotId source, SlotId target) {
  const SlotId work = builder.scratch(routine.scratch_bytes);
  builder.step([=](const Memory& memory) {
    routine.run({.source = memory.at(source), .target = memory.at(target), .scratch = memory.raw(work)});
  });
}

}  // namespace cleave::cpu
