#pragma once
/// From labels to plans.

#include "search/labels/labelling.hpp"

#include <cleave/plan.hpp>

#include <optional>
#include <vector>

namespace cleave::labels {

/// A class that replicates runs all operators of a mode as one stage on its devices, so that the plan's loads are those
/// of the labelling. Where it does not, the operators are dealt to its devices in parts of equal time, in the
/// network's order. It uses `devices` of each class (more where labels need them), and may be slower than the labels
/// say and lack memory. None when a class has too few devices for its modes.
[[nodiscard]] std::optional<Plan> label_plan(const CostTable& cost, const Labelling& labels,
                                             const std::vector<int>& devices);

}  // namespace cleave::labels
