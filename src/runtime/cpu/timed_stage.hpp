#pragma once
/// The CPU engine with a watch: what each operator of a stage takes, where it stands in the stage.

#include <cleave/runtime.hpp>

#include <memory>
#include <span>
#include <vector>

namespace cleave::cpu {

/// Precondition: the engine has every operator of the stage.
class TimedStage {
 public:
  explicit TimedStage(const StageSpec& stage);
  ~TimedStage();
  TimedStage(const TimedStage&) = delete;
  TimedStage& operator=(const TimedStage&) = delete;

  /// As Backend::run; the seconds of each operator, in the order of the spec. Changes of layout count for the
  /// operator that asks for them.
  std::vector<double> run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs);

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace cleave::cpu
