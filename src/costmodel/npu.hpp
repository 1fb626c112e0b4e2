#pragma once
/// Systolic arrays: exact compute cycles, traffic by the cheapest of a few orders.
///
/// Cycles of [m x k] * [k x n] on R x C (Samajdar et al., SCALE-Sim, ISPASS 2020; ZigZag's ideal
/// for channel_unrolled, Mei et al., IEEE TC 2021):
///
///     os  (R + C + k - 2) ceil(m/R) ceil(n/C)      ws  (2R + C + m - 2) ceil(k/R) ceil(n/C)
///     is  (2R + C + n - 2) ceil(k/R) ceil(m/C)     channel_unrolled  m kh kw ceil(in_c/R) ceil(n/C)
///
///     T = launch_s + max(cycles / clock_hz, Q / memory_bytes_per_s)

#include "costmodel/work.hpp"

namespace cleave {

enum class Dataflow { os, ws, is, channel_unrolled };

/// Cycles of one group; `kernel_area` (kh*kw) matters to channel_unrolled alone.
[[nodiscard]] std::int64_t array_cycles(const Gemm& gemm, std::int64_t kernel_area, std::int64_t rows,
                                        std::int64_t cols, Dataflow dataflow);

struct NpuParameters {
  double launch_s = 0;
  std::int64_t rows = 1, cols = 1;
  Dataflow dataflow = Dataflow::ws;
  double clock_hz = 1;
  double mac_j = 0;
  double vector_flop_per_s = 1;
  double vector_j_per_flop = 0;
  double sram_bytes = 1;
  double sram_j_per_byte = 0;
  double accumulator_bytes = 1;
  double activation_sram_bytes = 0;
  double bytes_per_s = 1;
  double j_per_byte = 0;
  bool weights_resident = false;  ///< has a weight cache
};
[[nodiscard]] NpuParameters npu_parameters(const Profile& profile, Precision precision);

/// Bytes moved to and from the memory behind the on-chip one: the whole batch at once, as many samples at a time as
/// have their activations on the chip, or one by one, whichever takes least.
[[nodiscard]] double npu_traffic(const Work& work, const NpuParameters& device);

/// Parts: launch, compute (array), vector, memory (what is not hidden behind them), sram.
[[nodiscard]] OperatorCost npu_cost(const Work& work, const NpuParameters& device);

}  // namespace cleave
