#include "runtime/cpu/compile.hpp"

#include "runtime/cpu/kernels.hpp"
#include "runtime/cpu/moves.hpp"

#include <omp.h>

#include <algorithm>
#include <functional>
#include <utility>

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

namespace {

/// Smaller ones are packed as they come: beside one another, as they are read.
constexpr std::size_t kWorthOrder = std::size_t{1} << 16;

/// What packing takes, about, beside what is packed: the weights as they are, of large matrices a part at a time; for
/// 3 x 3 kernels also what oneDNN transforms them into for its own Winograd convolutions, 16 places for 9.
std::size_t packing_bytes(const Graph& graph, const Node& node) {
  const Value& weights = graph.values[node.inputs[1]];
  if (!graph.constants.contains(node.inputs[1])) return 0;
  const std::size_t bytes = size_of(weights.type) * static_cast<std::size_t>(element_count(weights.shape));
  if (node.type != "Conv") return std::min(bytes, onednn::kLargeWeights);
  return weights.shape.size() == 4 && weights.shape[3] == 3 ? bytes + bytes * 16 / 9 : bytes;
}

/// Weights are in memory several times while they are packed: those for which that is most while little else is there.
void pack_largest_first(const StageBuilder& builder, std::vector<std::vector<Step>>& operators) {
  std::vector<std::pair<std::size_t, Step*>> large;
  for (auto& steps : operators)
    for (Step& step : steps) {
      if (!step.moves.empty() || !find_kernel(step.node->type)->pack) continue;
      const std::size_t bytes = packing_bytes(builder.graph(), *step.node);
      if (bytes >= kWorthOrder) large.emplace_back(bytes, &step);
    }
  std::ranges::stable_sort(large, std::ranges::greater(), &std::pair<std::size_t, Step*>::first);
  for (const auto& [bytes, step] : large) step->packed = find_kernel(step->node->type)->pack(builder, *step);
}

}  // namespace

CompiledStage compile(const StageSpec& stage, const onednn::Library& library, const Codes& codes,
                      const BuildStep& build, std::vector<std::size_t>* ends) {
  // oneDNN fixes the number of threads when a primitive is made.
  omp_set_num_threads(1);
  StageBuilder builder(stage, library, codes);
  const auto reads = count_reads(*stage.graph);
  std::vector<std::vector<Step>> operators;
  for (const auto& nodes : stage.operators) operators.push_back(fuse(*stage.graph, reads, nodes));
  if (!build) pack_largest_first(builder, operators);
  for (const auto& steps : operators) {
    for (const Step& step : steps) build ? build(builder, step) : build_step(builder, step);
    if (ends) ends->push_back(builder.steps());
  }
  return builder.finish();
}

}  // namespace cleave::cpu
