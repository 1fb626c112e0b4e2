#pragma once
/// The bound of the period by configurations: whether it holds, and what it says.

#include <cleave/evidence.hpp>

#include <string>

namespace cleave::verify {

/// Why `evidence`, of kind configuration, does not prove its bound; empty where it does. It costs one knapsack for
/// each mode: O(operators x states x steps x replicas).
[[nodiscard]] std::string flaw_of(const CostTable& cost, const PeriodEvidence& evidence);

/// No plan has a lesser period, if it holds.
[[nodiscard]] double proved_s(const PeriodEvidence& evidence);

}  // namespace cleave::verify
