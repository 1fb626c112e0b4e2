#include "runtime/cpu/kernels.hpp"

#include <cleave/runtime.hpp>

#include <omp.h>

namespace cleave {

namespace cpu {
namespace {

class CpuBackend : public Backend {
 public:
  std::string unsupported(const Graph& graph, const Node& node) const override {
    if (!node.domain.empty() && node.domain != "ai.onnx")
      return "operators of domain '" + node.domain + "' are not implemented";
    const Kernel* kernel = find_kernel(node.type);
    return kernel ? kernel->unsupported(graph, node) : "the CPU engine does not have it";
  }

  void prepare(const StageSpec& stage) override {
    // oneDNN fixes the number of threads when a primitive is made.
    omp_set_num_threads(1);
    StageBuilder builder(stage, library_);
    const auto reads = count_reads(*stage.graph);
    for (const auto& nodes : stage.operators)
      for (const Step& step : fuse(*stage.graph, reads, nodes)) find_kernel(step.node->type)->build(builder, step);
    stage_ = builder.finish();
  }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    stage_.run(inputs, outputs);
  }

 private:
  onednn::Library library_;
  CompiledStage stage_;
};

}  // namespace
}  // namespace cpu

std::unique_ptr<Backend> make_cpu_backend() { return std::make_unique<cpu::CpuBackend>(); }

std::vector<std::string> cpu_operator_types() { return cpu::kernel_types(); }

}  // namespace cleave
