#include "runtime/cpu/compile.hpp"

#include "runtime/cpu/kernels.hpp"
#include "runtime/cpu/moves.hpp"

#include <omp.h>

namespace cleave::cpu {

std::string unsupported(const Graph& graph, const Node& node) {
  if (!node.domain.empty() && node.domain != "ai.onnx")
    return "operators of domain '" + node.domain + "' are not implemented";
  const Kernel* kernel = find_kernel(node.type);
  return kernel ? kernel->unsupported(graph, node) : "the CPU engine does not have it";
}

void build_step(StageBuilder& builder, const Step& step) {
  if (step.moves.empty())
    find_kernel(step.node->type)->build(builder, step);
  else
    build_moves(builder, step);
}

CompiledStage compile(const StageSpec& stage, const onednn::Library& library, const Codes& codes,
                      const BuildStep& build, std::vector<std::size_t>* ends) {
  // oneDNN fixes the number of threads when a primitive is made.
  omp_set_num_threads(1);
  StageBuilder builder(stage, library, codes);
  const auto reads = count_reads(*stage.graph);
  for (const auto& nodes : stage.operators) {
    for (const Step& step : fuse(*stage.graph, reads, nodes)) build(builder, step);
    if (ends) ends->push_back(builder.steps());
  }
  return builder.finish();
}

}  // namespace cleave::cpu
