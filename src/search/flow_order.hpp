#pragma once
/// The order in which a plan's stages are listed.

#include <cleave/plan.hpp>

#include <vector>

namespace cleave {

/// The stages in an order in which data flows; where it flows in a circle, the stage with the first operator goes
/// first. Every operator is in one of them.
[[nodiscard]] std::vector<Stage> in_order_of_flow(const CostTable& cost, std::vector<Stage> stages);

/// Data flows from earlier stages to later ones only: the stages are the differences of a chain of ideals.
[[nodiscard]] bool is_contiguous(const CostTable& cost, const Plan& plan);

}  // namespace cleave
