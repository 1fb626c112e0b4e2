#include "runtime/cim/mapping.hpp"
#include "runtime/cim/stage.hpp"
#include "runtime/cpu/compile.hpp"
#include "runtime/cpu/kernels.hpp"
#include "runtime/cpu/natural_layout.hpp"

#include <cleave/runtime.hpp>

namespace cleave {

namespace cim {
namespace {

class CimBackend : public Backend {
 public:
  CimBackend(Setup setup, ConverterRanges converters) : setup_(std::move(setup)), converters_(std::move(converters)) {}

  std::string unsupported(const Graph& graph, const Node& node) const override {
    const std::string reason = cpu::unsupported(graph, node);
    return reason.empty() && is_product(node) ? product_unsupported(graph, node, setup_.crossbar) : reason;
  }

  bool prefers_channels_last(const Graph& graph, ValueId value) const override {
    return cpu::made_channels_last(graph, value);
  }

  void prepare(const StageSpec& stage) override {
    ChainedInputs chained(stage);
    stage_ = cpu::compile(stage, library_, {}, [&](cpu::StageBuilder& builder, const cpu::Step& step) {
      is_product(*step.node) ? build_product(builder, step, chained) : cpu::build_step(builder, step);
    });
  }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    stage_.run(inputs, outputs);
  }

 private:
  void build_product(cpu::StageBuilder& builder, const cpu::Step& step, ChainedInputs& chained) const {
    const auto product = make_product(builder.graph(), step, setup_);
    const auto found = converters_.find(step.node->outputs[0]);
    if (found != converters_.end()) product->set_ranges(found->second);
    add_product(builder, step, product, chained);
  }

  Setup setup_;
  ConverterRanges converters_;
  cpu::onednn::Library library_;
  cpu::CompiledStage stage_;
};

}  // namespace
}  // namespace cim

std::unique_ptr<Backend> make_cim_backend(const CimChip& chip, const Ranges& ranges,
                                          const ConverterRanges& converters) {
  return std::make_unique<cim::CimBackend>(cim::Setup{cim::crossbar_of(chip.profile), chip.seed, ranges}, converters);
}

}  // namespace cleave
