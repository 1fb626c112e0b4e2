#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/kernels.hpp"

#include <array>

namespace cleave::cpu {

namespace {

std::string never(const Graph&, const Node&) { return ""; }

std::string dropout_unsupported(const Graph& graph, const Node& node) {
  if (has_input(node, 2)) {
    if (!graph.constants.contains(node.inputs[2])) return "a training_mode computed at run time is not implemented";
    if (materialize(graph.constants.at(node.inputs[2])).bytes[0] != std::byte{0}) return "training is not implemented";
  }
  return one_output(node);
}

void build_view(StageBuilder& builder, const Step& step) { builder.view(step.result, step.node->inputs[0]); }
void build_same(StageBuilder& builder, const Step& step) { builder.same(step.result, step.node->inputs[0]); }

constexpr std::array kKernels{Kernel{"Dropout", dropout_unsupported, build_same},
                              Kernel{"Flatten", never, build_view},
                              Kernel{"Identity", never, build_same},
                              Kernel{"Reshape", never, build_view},
                              Kernel{"Squeeze", never, build_view},
                              Kernel{"Unsqueeze", never, build_view}};

}  // namespace

std::span<const Kernel> view_kernels() { return kKernels; }

}  // namespace cleave::cpu
