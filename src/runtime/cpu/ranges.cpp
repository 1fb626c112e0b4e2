#include "runtime/cpu/compile.hpp"

#include <cleave/runtime.hpp>

#include <algorithm>

namespace cleave {

namespace cpu {
namespace {

void widen(Ranges& ranges, ValueId value, std::span<const float> elements) {
  if (elements.empty()) return;
  const auto [low, high] = std::ranges::minmax_element(elements);
  const auto [entry, is_new] = ranges.try_emplace(value, ValueRange{*low, *high});
  if (!is_new) entry->second = {std::min(entry->second.low, *low), std::max(entry->second.high, *high)};
}

/// Adds a step that looks at `value` as it lies.
void add_watch(StageBuilder& builder, ValueId value, Ranges& ranges) {
  if (builder.type(value) != DataType::float32) return;
  const SlotId slot = builder.read(value).slot;
  const auto count = static_cast<std::size_t>(element_count(builder.shape(value)));
  builder.step([=, &ranges](const Memory& memory) { widen(ranges, value, {memory.at(slot), count}); });
}

/// The CPU engine, which widens `ranges` by what it computes.
class WatchingBackend : public Backend {
 public:
  explicit WatchingBackend(Ranges& ranges) : ranges_(ranges) {}

  std::string unsupported(const Graph& graph, const Node& node) const override { return cpu::unsupported(graph, node); }
  void prepare(const StageSpec& stage) override {
    stage_ = compile(stage, library_, {}, [&](StageBuilder& builder, const Step& step) {
      build_step(builder, step);
      add_watch(builder, step.result, ranges_);
      for (std::size_t i = 1; i < step.node->outputs.size(); ++i)
        if (step.node->outputs[i].valid()) add_watch(builder, step.node->outputs[i], ranges_);
    });
  }
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    stage_.run(inputs, outputs);
  }

 private:
  Ranges& ranges_;
  onednn::Library library_;
  CompiledStage stage_;
};

}  // namespace
}  // namespace cpu

Ranges observe_ranges(const Network& network, std::span<const std::vector<Tensor>> inputs,
                      const std::stop_token& stop) {
  Ranges ranges;
  const RunOptions options{.batches = inputs.size(), .warmup = 0, .stop = stop};
  Executor executor(
      network, unsplit_plan(network), [&](ModeId) { return std::make_unique<cpu::WatchingBackend>(ranges); }, options);
  executor.run(inputs, {});
  for (const std::vector<Tensor>& set : inputs)
    for (std::size_t i = 0; i < set.size(); ++i)
      if (set[i].type == DataType::float32) cpu::widen(ranges, network.graph->inputs[i], set[i].as<float>());
  return ranges;
}

}  // namespace cleave
