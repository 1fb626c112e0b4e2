#pragma once
/// The tables of a design space.

#include "space/measure.hpp"

#include <functional>
#include <string>

namespace cleave {

/// The frontier, as `pareto.csv` with a column for each axis at the end, but not a second one for
/// the batch. Rows of all models, by ascending throughput.
/// `plan_file` names the plan of a model's frontier by its position; `setting` is that of a point.
[[nodiscard]] std::string space_pareto_csv(const DesignSpace& space, const SpaceResult& result,
                                           const std::function<std::string(std::size_t, std::size_t)>& plan_file,
                                           const std::function<const Setting&(std::size_t)>& setting);

/// A row per point: axes, what became of it and why, and its best figures.
[[nodiscard]] std::string points_csv(const DesignSpace& space, const SpaceResult& result);

/// A row per step of an axis.
[[nodiscard]] std::string sensitivity_csv(const DesignSpace& space, const SpaceResult& result);

}  // namespace cleave
