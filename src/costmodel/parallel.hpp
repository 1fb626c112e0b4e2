#pragma once
/// FPGAs and VPUs: a roofline refined by how an operator's sides fill the unrolled loops.
///
///     T = launch_s + max(Tc, bytes / memory_bytes_per_s)      E = flops * j_per_flop + bytes * memory_j_per_byte
///     Tc = (2 macs / (peak * e(out_c) e(in_c) e(out_h) e(out_w)) + flops / (peak * other_efficiency)) / e(batch)
///     e(x) = 1 / ((1 - a) + a * ceil(x/p) p / x)               p: unrolled, a: how much of the padding is paid
///
/// The refined roofline of ANNETTE (Wess et al., IEEE Access 9, 2021), whose fitted p and a the profiles carry.

#include "costmodel/work.hpp"

namespace cleave {

/// One unrolled loop: `width` of its steps run at once; `padding` of the steps that do not fill it are paid.
struct UnrolledLoop {
  double width = 1;
  double padding = 0;

  /// How many times as long as with every round filled a loop of `length` steps takes.
  [[nodiscard]] double stretch(double length) const {
    return length <= 0 ? 1 : (1 - padding) + padding * ceil_of(length / width) * width / length;
  }
  /// Share of the unrolled steps that do work.
  [[nodiscard]] double efficiency(double length) const { return 1 / stretch(length); }
};

struct ParallelParameters {
  double launch_s = 0;
  double peak_flop_per_s = 1;
  double j_per_flop = 0;
  double bytes_per_s = 1;
  double j_per_byte = 0;
  UnrolledLoop out_c, in_c, out_h, out_w, batch;
  double depthwise_efficiency = 1, other_efficiency = 1;
};
[[nodiscard]] ParallelParameters parallel_parameters(const Profile& profile, Precision precision);

/// Parts: launch, compute (Tc), memory (what is not hidden behind it).
[[nodiscard]] OperatorCost parallel_cost(const Work& work, const ParallelParameters& device);

}  // namespace cleave
