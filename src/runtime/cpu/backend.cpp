#include "runtime/cpu/kernels.hpp"
#include "runtime/cpu/timed_stage.hpp"

#include <cleave/runtime.hpp>

#include <omp.h>

namespace cleave {

namespace cpu {
namespace {

/// `ends`: after which step each operator of the stage is done.
CompiledStage compile(const StageSpec& stage, const onednn::Library& library, std::vector<std::size_t>& ends) {
  // oneDNN fixes the number of threads when a primitive is made.
  omp_set_num_threads(1);
  StageBuilder builder(stage, library);
  const auto reads = count_reads(*stage.graph);
  for (const auto& nodes : stage.operators) {
    for (const Step& step : fuse(*stage.graph, reads, nodes)) find_kernel(step.node->type)->build(builder, step);
    ends.push_back(builder.steps());
  }
  return builder.finish();
}

class CpuBackend : public Backend {
 public:
  std::string unsupported(const Graph& graph, const Node& node) const override {
    if (!node.domain.empty() && node.domain != "ai.onnx")
      return "operators of domain '" + node.domain + "' are not implemented";
    const Kernel* kernel = find_kernel(node.type);
    return kernel ? kernel->unsupported(graph, node) : "the CPU engine does not have it";
  }

  void prepare(const StageSpec& stage) override {
    std::vector<std::size_t> ends;
    stage_ = compile(stage, library_, ends);
  }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    stage_.run(inputs, outputs);
  }

 private:
  onednn::Library library_;
  CompiledStage stage_;
};

}  // namespace

struct TimedStage::Compiled {
  onednn::Library library;
  std::vector<std::size_t> ends;
  CompiledStage stage;
};

TimedStage::TimedStage(const StageSpec& stage) : compiled_(std::make_unique<Compiled>()) {
  compiled_->stage = compile(stage, compiled_->library, compiled_->ends);
}
TimedStage::~TimedStage() = default;

std::vector<double> TimedStage::run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) {
  return compiled_->stage.run_timed(inputs, outputs, compiled_->ends);
}

}  // namespace cpu

std::unique_ptr<Backend> make_cpu_backend() { return std::make_unique<cpu::CpuBackend>(); }

std::vector<std::string> cpu_operator_types() { return cpu::kernel_types(); }

}  // namespace cleave
