#include "runtime/opencl/backend.hpp"

#include "runtime/cpu/compile.hpp"
#include "runtime/opencl/device_kernels.hpp"
#include "runtime/opencl/host_step.hpp"
#include "runtime/timed_stage.hpp"

#include <cleave/runtime.hpp>

#include <omp.h>

#include <numeric>
#include <vector>

namespace cleave {

namespace opencl {
namespace {

/// Nodes that the CPU moves in one go have a kernel each here.
std::vector<cpu::Step> parts_of(const cpu::Step& step) {
  if (step.moves.empty()) return {step};
  std::vector<cpu::Step> parts;
  for (const Node* node : step.moves) parts.push_back({.node = node, .result = node->outputs[0]});
  return parts;
}

/// The commands of `stage`; how many there are at the end of each operator.
DeviceStage compile(const StageSpec& stage, const Device& device, const cpu::onednn::Library& library,
                    std::vector<std::size_t>* ends = nullptr) {
  omp_set_num_threads(1);  // for what is computed on the host: see cpu::compile
  DeviceStageBuilder builder(stage, device);
  const auto reads = cpu::count_reads(*stage.graph);
  for (const auto& nodes : stage.operators) {
    for (const cpu::Step& step : cpu::fuse(*stage.graph, reads, nodes))
      for (const cpu::Step& part : parts_of(step)) {
        const DeviceKernel* kernel = find_device_kernel(*stage.graph, *part.node);
        kernel ? kernel->build(builder, part) : add_host_step(builder, part, library);
      }
    if (ends) ends->push_back(builder.commands());
  }
  return builder.finish();
}

class OpenClBackend : public Backend {
 public:
  explicit OpenClBackend(const std::optional<DeviceSize>& assumed = {}) : device_(false, assumed) {}

  std::string unsupported(const Graph& graph, const Node& node) const override { return cpu::unsupported(graph, node); }

  void prepare(const StageSpec& stage) override { stage_ = compile(stage, device_, library_); }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    stage_.run(inputs, outputs);
  }

 private:
  Device device_;
  cpu::onednn::Library library_;
  DeviceStage stage_;
};

class OpenClTimedStage : public TimedStage {
 public:
  explicit OpenClTimedStage(const StageSpec& stage) : stage_(compile(stage, device_, library_, &ends_)) {}

  std::vector<double> run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    DeviceStage::Times times = stage_.run_timed(inputs, outputs, ends_);
    // Watching takes time of its own, of each command.
    const double sum_s = std::accumulate(times.seconds.begin(), times.seconds.end(), 0.0);
    for (double& seconds : times.seconds) seconds *= sum_s > 0 ? times.unwatched_s / sum_s : 1;
    return times.seconds;
  }

 private:
  Device device_{true};
  cpu::onednn::Library library_;
  std::vector<std::size_t> ends_;
  DeviceStage stage_;
};

}  // namespace

std::unique_ptr<Backend> make_backend_for(const DeviceSize& assumed) {
  return std::make_unique<OpenClBackend>(assumed);
}

}  // namespace opencl

std::optional<OpenClDevice> find_opencl_device() {
  const auto device = opencl::find_device();
  return device ? std::optional(OpenClDevice{opencl::name_of(*device), opencl::is_gpu(*device)}) : std::nullopt;
}

std::unique_ptr<TimedStage> make_opencl_timed_stage(const StageSpec& stage) {
  return std::make_unique<opencl::OpenClTimedStage>(stage);
}

std::unique_ptr<Backend> make_opencl_backend() { return std::make_unique<opencl::OpenClBackend>(); }

bool opencl_has_kernel(const Graph& graph, const Node& node) {
  return opencl::find_device_kernel(graph, node) != nullptr;
}

std::vector<std::string> opencl_operator_types() { return opencl::device_kernel_types(); }

}  // namespace cleave
