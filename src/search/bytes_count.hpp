#pragma once
/// Does memory matter at all?

#include <cleave/cost_table.hpp>

namespace cleave {

/// Whether some stage of this mode may not fit, or may reload weights.
[[nodiscard]] bool bytes_count(const CostTable& cost, ModeId mode);

}  // namespace cleave
