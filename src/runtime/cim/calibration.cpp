#include "runtime/cim/converter_range.hpp"
#include "runtime/cim/mapping.hpp"
#include "runtime/cim/stage.hpp"
#include "runtime/cpu/compile.hpp"

#include <cleave/runtime.hpp>

#include <cmath>

namespace cleave {

namespace cim {
namespace {

/// Input vectors of a product that are looked at, of each batch.
constexpr std::int64_t kVectors = 32;

/// A product on cells, and what its converters see, by slice.
struct Observed {
  std::shared_ptr<Product> product;
  std::vector<SumHistogram> sums = {};
};
using Observations = std::map<ValueId, Observed>;

void look(const Product& product, const float* source, std::byte* scratch, const Crossbar& crossbar,
          std::vector<SumHistogram>& sums) {
  product.observe(source, kVectors, scratch, [&](int slice, int step, std::span<const std::int32_t> seen) {
    // Codes of later steps are shifted further, and their errors with them.
    sums[static_cast<std::size_t>(slice)].add(seen, std::ldexp(1.0, 2 * step * crossbar.dac_bits));
  });
}

/// The CPU engine in fp32, which also passes the inputs of products over their cells.
class ObservingBackend : public Backend {
 public:
  ObservingBackend(const Setup& setup, Observations& observations) : setup_(setup), observations_(observations) {}

  std::string unsupported(const Graph& graph, const Node& node) const override { return cpu::unsupported(graph, node); }
  void prepare(const StageSpec& stage) override {
    stage_ = cpu::compile(stage, library_, {}, [&](cpu::StageBuilder& builder, const cpu::Step& step) {
      cpu::build_step(builder, step);
      const Graph& graph = builder.graph();
      if (is_product(*step.node) && product_unsupported(graph, *step.node, setup_.crossbar).empty())
        observe(builder, step);
    });
  }
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    stage_.run(inputs, outputs);
  }

 private:
  void observe(cpu::StageBuilder& builder, const cpu::Step& step) {
    Observed observed{make_product(builder.graph(), step, setup_)};
    const auto& array = observed.product->array();
    for (int slice = 0; slice < array.slices(); ++slice) observed.sums.emplace_back(array.largest_sum(slice));
    Observed& kept = observations_[step.node->outputs[0]] = std::move(observed);
    const cpu::SlotId source = builder.read(step.node->inputs[0], input_layout(*step.node));
    const cpu::SlotId work = builder.scratch(kept.product->scratch_bytes());
    builder.step([this, &kept, source, work](const cpu::Memory& memory) {
      look(*kept.product, memory.at(source), memory.raw(work), setup_.crossbar, kept.sums);
    });
  }

  const Setup& setup_;
  Observations& observations_;
  cpu::onednn::Library library_;
  cpu::CompiledStage stage_;
};

}  // namespace
}  // namespace cim

ConverterRanges observe_converters(const Network& network, const CimChip& chip, const Ranges& ranges,
                                   std::span<const std::vector<Tensor>> inputs, const std::stop_token& stop) {
  const cim::Setup setup{cim::crossbar_of(chip.profile), chip.seed, ranges};
  cim::Observations observations;
  const RunOptions options{.batches = inputs.size(), .warmup = 0, .stop = stop};
  Executor executor(
      network, unsplit_plan(network),
      [&](ModeId) { return std::make_unique<cim::ObservingBackend>(setup, observations); }, options);
  executor.run(inputs, {});
  ConverterRanges found;
  for (const auto& [value, observed] : observations) {
    const auto& array = observed.product->array();
    for (const cim::SumHistogram& sums : observed.sums)
      found[value].push_back(sums.best_range(setup.crossbar.largest_code(), static_cast<double>(array.unit_scale())));
  }
  return found;
}

}  // namespace cleave
