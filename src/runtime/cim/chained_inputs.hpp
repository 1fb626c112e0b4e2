#pragma once
/// Products whose results are the inputs of others in the same stage hand them on as what crossbars take: a quarter of
/// the bytes, made while the results are at hand, and each only once. What is computed stays the same.

#include "runtime/cpu/layout.hpp"
#include "runtime/cpu/stage_builder.hpp"

#include <cleave/runtime.hpp>

#include <map>
#include <utility>

namespace cleave::cim {

/// Where the input of a product lies.
[[nodiscard]] cpu::Layout input_layout(const Node& node);

class ChainedInputs {
 public:
  explicit ChainedInputs(const StageSpec& stage);

  /// Does a product of the stage take `value` as it lies in `layout`?
  [[nodiscard]] bool taken(ValueId value, cpu::Layout layout) const { return takers_.contains({value, layout}); }
  /// And nobody needs its numbers?
  [[nodiscard]] bool only_taken(ValueId value, cpu::Layout layout) const;

  /// Memory for the inputs that the next step makes of `value`.
  cpu::SlotId make(cpu::StageBuilder& builder, ValueId value, cpu::Layout layout);
  /// For the next step; invalid where no step has made them.
  [[nodiscard]] cpu::SlotId take(cpu::StageBuilder& builder, ValueId value, cpu::Layout layout) const;

 private:
  using Place = std::pair<ValueId, cpu::Layout>;
  std::map<Place, int> takers_;
  std::map<Place, cpu::SlotId> made_;
  IndexVector<ValueId, int> reads_;
};

}  // namespace cleave::cim
