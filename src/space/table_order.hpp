#pragma once
/// When one design is no better than another in anything.

#include <cleave/cost_table.hpp>

namespace cleave {

/// Per inference, no plan on `b` is faster or takes less energy than the same plan on `a`, which is legal there too:
/// every time, energy and size of `a` is at most that of `b`, every count and capacity at least. What only memory holds
/// need not be smaller where all that there is fits at once. Both are of one network, maybe at different batches.
[[nodiscard]] bool no_worse(const CostTable& a, const CostTable& b);

}  // namespace cleave
