#pragma once
/// How fast a device multiplies at best.

#include <cleave/cost_table.hpp>

namespace cleave {

/// Multiply-accumulates per second with all that multiplies busy: `peak_*_flop_per_s` / 2, the array of an NPU at each
/// cycle, all units of processing in memory, all arrays of a CIM chip full of weights and read one vector after
/// another.
[[nodiscard]] double peak_macs_per_s(const Profile& profile, Precision precision);

}  // namespace cleave
