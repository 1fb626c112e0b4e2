#pragma once
/// Some of a cluster's devices, as a cluster of their own.

#include <cleave/cost_table.hpp>
#include <cleave/plan.hpp>

#include <vector>

namespace cleave {

/// Costs without the classes, and their modes, of which there are no devices.
struct Part {
  CostTable cost;
  std::vector<ModeId> modes;  ///< by mode of `cost`: the mode of the whole table

  /// A plan for the part, as one for the whole.
  [[nodiscard]] Plan in_whole(Plan plan) const;
};

/// `counts`: devices of each class, at most as many as the whole has.
[[nodiscard]] Part part_of(const CostTable& whole, const IndexVector<ClassId, int>& counts);

}  // namespace cleave
