#include "runtime/cpu/compile.hpp"
#include "runtime/cpu/kernels.hpp"
#include "runtime/cpu/natural_layout.hpp"
#include "runtime/cpu/short_values.hpp"
#include "runtime/cpu/weight_memory.hpp"
#include "runtime/timed_stage.hpp"

#include <cleave/error.hpp>
#include <cleave/runtime.hpp>

#include <fmt/format.h>

namespace cleave {

namespace cpu {
namespace {

class CpuBackend : public Backend {
 public:
  /// `codes` says which values of a graph have which short forms.
  explicit CpuBackend(std::function<Codes(const Graph&)> codes) : codes_(std::move(codes)) {}

  std::string unsupported(const Graph& graph, const Node& node) const override { return cpu::unsupported(graph, node); }

  bool prefers_channels_last(const Graph& graph, ValueId value) const override {
    return cpu::made_channels_last(graph, value);
  }

  void prepare(const StageSpec& stage) override { stage_ = compile(stage, library_, codes_(*stage.graph)); }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    stage_.run(inputs, outputs);
  }

  std::optional<std::size_t> held_bytes() const override {
    return stage_.held_bytes() + library_.weights()->used_bytes();
  }

 private:
  std::function<Codes(const Graph&)> codes_;
  onednn::Library library_;
  CompiledStage stage_;
};

/// Products of 8-bit integers (255 * 127 at most) that a sum of 32 bits surely holds.
constexpr std::int64_t kMostProducts = ((std::int64_t{1} << 31) - 1) / (255 * 127);

class CpuInt8Backend : public CpuBackend {
 public:
  using CpuBackend::CpuBackend;

  std::string unsupported(const Graph& graph, const Node& node) const override {
    if (multiplies_short(graph, node) && products_of_sum(graph, node) > kMostProducts)
      return fmt::format("sums of more than {} products of 8-bit integers do not fit into 32 bits", kMostProducts);
    return CpuBackend::unsupported(graph, node);
  }
};

class CpuTimedStage : public TimedStage {
 public:
  explicit CpuTimedStage(const StageSpec& stage) : stage_(compile(stage, library_, {}, {}, &ends_)) {}

  std::vector<double> run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    return stage_.run_timed(inputs, outputs, ends_);
  }

 private:
  onednn::Library library_;
  std::vector<std::size_t> ends_;
  CompiledStage stage_;
};

void require(Precision precision) {
  if (!cpu_computes(precision))
    throw UsageError(fmt::format("this CPU has no instructions for {}; compute in fp32", name_of(precision)));
}

}  // namespace

}  // namespace cpu

std::unique_ptr<TimedStage> make_cpu_timed_stage(const StageSpec& stage) {
  return std::make_unique<cpu::CpuTimedStage>(stage);
}

std::unique_ptr<Backend> make_cpu_backend() {
  return std::make_unique<cpu::CpuBackend>([](const Graph&) { return cpu::Codes(); });
}

std::unique_ptr<Backend> make_cpu_bf16_backend() {
  cpu::require(Precision::bf16);
  return std::make_unique<cpu::CpuBackend>(cpu::bf16_codes);
}

std::unique_ptr<Backend> make_cpu_int8_backend(const Ranges& ranges) {
  cpu::require(Precision::int8);
  return std::make_unique<cpu::CpuInt8Backend>(
      [ranges](const Graph& graph) { return cpu::integer_codes(graph, ranges); });
}

bool cpu_computes(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return true;
    case Precision::bf16:
      return cpu::onednn::computes(cpu::Element::bf16);
    case Precision::int8:
      return cpu::onednn::computes(cpu::Element::u8);
    case Precision::fp16:
    case Precision::int4:
      return false;
  }
  return false;
}

std::vector<std::string> cpu_operator_types() { return cpu::kernel_types(); }

}  // namespace cleave
