#pragma once
/// Student's distribution, of means whose deviation is itself estimated.

namespace cleave {

/// Half a 95 % interval of a normal distribution, in standard deviations.
inline constexpr double kNormal95 = 1.959964;

/// Half its 95 % interval at `freedom` degrees of freedom, 2 or more and not necessarily whole: within 1 % by the
/// expansion in 1 / freedom (Abramowitz and Stegun, 26.7.5).
[[nodiscard]] double student_95(double freedom);

}  // namespace cleave
