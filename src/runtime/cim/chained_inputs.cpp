#include "runtime/cim/chained_inputs.hpp"

#include "runtime/cim/mapping.hpp"
#include "runtime/cim/product.hpp"
#include "runtime/cpu/fusion.hpp"

namespace cleave::cim {

cpu::Layout input_layout(const Node& node) {
  return node.type == "Conv" ? cpu::Layout::channels_last : cpu::Layout::row_major;
}

ChainedInputs::ChainedInputs(const StageSpec& stage) : reads_(cpu::count_reads(*stage.graph)) {
  for (const auto& nodes : stage.operators)
    for (const NodeId id : nodes)
      if (const Node& node = stage.graph->nodes[id]; is_product(node)) ++takers_[{node.inputs[0], input_layout(node)}];
}

bool ChainedInputs::only_taken(ValueId value, cpu::Layout layout) const {
  const auto takers = takers_.find({value, layout});
  return takers != takers_.end() && takers->second == reads_[value];
}

cpu::SlotId ChainedInputs::make(cpu::StageBuilder& builder, ValueId value, cpu::Layout layout) {
  const cpu::SlotId slot = builder.scratch(Product::input_bytes(element_count(builder.shape(value))));
  made_[{value, layout}] = slot;
  return slot;
}

cpu::SlotId ChainedInputs::take(cpu::StageBuilder& builder, ValueId value, cpu::Layout layout) const {
  const auto made = made_.find({value, layout});
  if (made == made_.end()) return {};
  builder.use(made->second);
  return made->second;
}

}  // namespace cleave::cim
