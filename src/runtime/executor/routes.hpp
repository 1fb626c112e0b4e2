#pragma once
/// Who needs what from whom: the tensors that move in a plan.

#include "runtime/executor/units.hpp"

#include <cleave/runtime.hpp>

#include <cstddef>
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

/// Throws UsageError when the plan does not cover the operators exactly once.
[[nodiscard]] Routes make_routes(const Network& network, const Plan& plan);

}  // namespace cleave
