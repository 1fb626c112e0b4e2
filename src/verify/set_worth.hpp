#pragma once
/// What the operators of one stage can be worth at most within a time: a knapsack over all sets of operators.

#include <cleave/evidence.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cleave::verify {

/// For q = 0 .. steps - 1 the largest sum of profits of a set of operators, the empty one included, whose time in
/// `mode`, as PeriodEvidence counts it and with every addend rounded down to the grid, is at most q grid steps.
/// Throws VerificationError where that would take too much memory or time.
[[nodiscard]] std::vector<std::int32_t> set_worth(const CostTable& cost, ModeId mode, const PeriodEvidence& evidence,
                                                  std::size_t steps);

}  // namespace cleave::verify
