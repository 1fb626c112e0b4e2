#pragma once
/// Which operators a device can run at all.

#include <cleave/cost_table.hpp>

namespace cleave::verify {

/// It has a compute time, and does not by itself need more memory, or more weights that must stay, than a device has.
[[nodiscard]] bool can_run(const CostTable& cost, OpId op, ModeId mode);

/// `kCannot` where an operator cannot run, so that what is proved about compute times holds this against a plan.
[[nodiscard]] CostTable only_runnable(CostTable cost);

}  // namespace cleave::verify
