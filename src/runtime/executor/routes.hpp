#pragma once
/// Who needs what from whom: the tensors that move in a plan.

#include <cleave/runtime.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace cleave {

/// Where a tensor comes from: an output of a stage, or (no stage) an input of the network.
struct Source {
  std::optional<std::size_t> stage = {};
  std::size_t index = 0;  ///< into StageSpec::outputs or Graph::inputs
};

/// A stage with everything that it is joined to.
struct RoutedStage {
  StageSpec spec = {};
  std::vector<Source> inputs = {};          ///< parallel to spec.inputs
  std::vector<std::size_t> producers = {};  ///< distinct stages among them, ascending
  int readers = 0;                          ///< stages that read it, and the collector if it does
  std::size_t hops = 1;                     ///< longest way to one of its readers, in stages
};

struct Routes {
  std::vector<RoutedStage> stages;
  /// Per output of the network; none for an output that is a constant.
  std::vector<std::optional<Source>> results;
  std::vector<std::size_t> result_producers;  ///< distinct stages among them, ascending
};

/// Throws UsageError when the plan does not cover the operators exactly once or its stages wait for
/// each other in a circle.
[[nodiscard]] Routes make_routes(const Network& network, const Plan& plan);

}  // namespace cleave
