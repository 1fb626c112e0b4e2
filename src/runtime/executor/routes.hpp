#pragma once
/// Who needs what from whom: the tensors that move in a plan.

#include "runtime/executor/units.hpp"

#include <cleave/runtime.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace cleave {

/// Where a tensor comes from: an output of a unit, or (no unit) an input of the network.
struct Source {
  std::optional<std::size_t> unit = {};
  std::size_t index = 0;  ///< into StageSpec::outputs or Graph::inputs
};

/// A unit with everything that it is joined to.
struct RoutedUnit {
  std::size_t stage = 0;  ///< of the plan
  std::size_t depth = 0;
  StageSpec spec = {};
  std::vector<Source> inputs = {};          ///< parallel to spec.inputs
  std::vector<std::size_t> producers = {};  ///< distinct units among them, ascending
  int readers = 0;                          ///< units that read it, and the collector if it does
  std::size_t hops = 1;                     ///< longest way to one of its readers, in units, or difference of depths
};

struct Routes {
  std::vector<RoutedUnit> units;
  /// Per output of the network; none for an output that is a constant.
  std::vector<std::optional<Source>> results;
  std::vector<std::size_t> result_producers;  ///< distinct units among them, ascending
};

/// Marks the values as channels-last that pass between units alone and that all units which make or read them prefer
/// so.
void agree_on_layouts(Routes& routes, const Graph& graph,
                      const std::function<bool(std::size_t unit, ValueId value)>& prefers);

/// Throws UsageError when the plan does not cover the operators exactly once.
[[nodiscard]] Routes make_routes(const Network& network, const Plan& plan);

}  // namespace cleave
