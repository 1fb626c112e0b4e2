#pragma once
/// What a device cannot run for want of memory, whatever else a stage has.

#include <cleave/cost_table.hpp>

namespace cleave {

/// The operator alone takes no more memory, and no more weights that must stay, than a device has.
[[nodiscard]] bool fits_alone(const CostTable& cost, OpId op, ModeId mode);

/// The table with `kCannot` where an operator alone does not fit. It has the same plans at the same scores, and bounds
/// that follow from it see what they would miss.
[[nodiscard]] CostTable without_what_never_fits(CostTable cost);

}  // namespace cleave
