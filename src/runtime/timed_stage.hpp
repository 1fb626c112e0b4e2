#pragma once
/// Stages with a watch: what each operator of a stage takes, where it stands in the stage.

#include <cleave/runtime.hpp>

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace cleave {

class TimedStage {
 public:
  virtual ~TimedStage() = default;
  /// As Backend::run; the seconds of each operator, in the order of the spec.
  virtual std::vector<double> run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) = 0;
};

/// Makes one ready to run.
using TimeStage = std::function<std::unique_ptr<TimedStage>(const StageSpec& stage)>;

/// The fp32 engine of the CPU. Changes of layout count for the operator that asks for them. Precondition of both: the
/// engine has every operator of the stage.
[[nodiscard]] std::unique_ptr<TimedStage> make_cpu_timed_stage(const StageSpec& stage);

/// The engine of OpenCL, by the device's clock: each operator from the end of the one before it, so that what the
/// device waits for between kernels counts, scaled to what a run without a watch takes. The ways of the stage's inputs
/// and outputs do not count: links have them. Throws as make_opencl_backend does.
[[nodiscard]] std::unique_ptr<TimedStage> make_opencl_timed_stage(const StageSpec& stage);

}  // namespace cleave
