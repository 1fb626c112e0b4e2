#include "costmodel/npu.hpp"

#include "devices/fields.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

Dataflow dataflow_named(const std::string& name) {
  if (name == "os") return Dataflow::os;
  if (name == "is") return Dataflow::is;
  return name == "ws" ? Dataflow::ws : Dataflow::channel_unrolled;
}

std::int64_t kernel_area(const Work& work) {
  return work.kind == OpKind::conv ? std::max<std::int64_t>(1, work.window.kernel_h * work.window.kernel_w) : 1;
}

/// The second operand: weights, or an activation when both operands are.
double stationary_bytes(const Work& work) {
  if (work.kind != OpKind::matmul) return work.weight_bytes;
  const Gemm& g = work.gemm;
  return static_cast<double>(g.k) * static_cast<double>(g.n) * static_cast<double>(g.groups) * work.element_bytes;
}

/// What the array computes in how long; products may also run on the vector unit.
struct Unit {
  double array_s = 0;
  double vector_s = 0;
  double cycles = 0;
};

/// A product of small groups (depthwise) or of two activations may fill so little of the array that the vector unit is
/// faster. Whether it may does not depend on the batch.
Unit place(const Work& work, const NpuParameters& device) {
  Unit unit{.vector_s = work.flops / device.vector_flop_per_s};
  if (!work.is_product()) return {.vector_s = work.total_flops() / device.vector_flop_per_s};
  const std::int64_t cycles = array_cycles(work.gemm, kernel_area(work), device.rows, device.cols, device.dataflow);
  const double all_cycles = static_cast<double>(cycles) * static_cast<double>(work.gemm.groups);
  const double on_array_s = all_cycles / device.clock_hz;
  const double on_vector_s = 2 * work.macs / device.vector_flop_per_s;
  const bool may_be_small = work.gemm.groups > 1 || work.kind == OpKind::matmul;
  if (may_be_small && on_vector_s < on_array_s)
    unit.vector_s += on_vector_s;
  else
    unit.array_s = on_array_s, unit.cycles = all_cycles;
  return unit;
}

/// How many pieces the rows must pass in so that the accumulators hold a column block of each: where k does not fit the
/// array, the sums of a piece wait there for the next part of the weights.
double row_pieces(const Work& work, double share, const NpuParameters& device) {
  if (device.dataflow != Dataflow::ws || work.gemm.k <= device.rows) return 1;
  constexpr double kPartialSumBytes = 4;
  // The samples of a product of two activations are groups of their own.
  const double rows = (work.kind == OpKind::matmul ? 1 : share) * static_cast<double>(work.gemm.m);
  const double block = rows * static_cast<double>(device.cols) * kPartialSumBytes;
  return std::max(1.0, ceil_of(block / device.accumulator_bytes));
}

/// Memory traffic of a share of the batch that passes as a whole.
double traffic_of_share(const Work& work, double share, const NpuParameters& device) {
  const double read = work.kind == OpKind::lookup ? share * work.weight_traffic() : work.weight_traffic();
  const double weights = device.weights_resident ? 0 : read;
  const double inputs = share * work.input_bytes, outputs = share * work.output_bytes;
  if (inputs + outputs <= device.activation_sram_bytes) return weights;
  if (!work.is_product()) return inputs + weights + outputs;
  const double stationary = work.kind == OpKind::matmul ? share * stationary_bytes(work) : weights;
  const double streamed = inputs + weights - stationary;
  const double usable = device.sram_bytes / 2;
  const double pieces = row_pieces(work, share, device);
  const auto folds = static_cast<double>(ceil_div(work.gemm.k, device.rows));
  const double spilt = pieces > 1 ? outputs * (2 * folds - 2) : 0;
  const double weights_outer = stationary + streamed * std::max(1.0, ceil_of(stationary / usable)) + spilt;
  const double inputs_outer = streamed + stationary * std::max(pieces, ceil_of(streamed / usable));
  return std::min(weights_outer, inputs_outer) + outputs;
}

/// Of the whole batch, some samples at a time.
double traffic_in_turns(const Work& work, double at_a_time, const NpuParameters& device) {
  const double turns = std::floor(work.batch / at_a_time);
  const double rest = work.batch - turns * at_a_time;
  return turns * traffic_of_share(work, at_a_time / work.batch, device) +
         (rest > 0 ? traffic_of_share(work, rest / work.batch, device) : 0);
}

/// Bytes that pass through the on-chip memory: operands once per fold of the array.
double sram_traffic(const Work& work, const NpuParameters& device) {
  const double stationary = stationary_bytes(work);
  const double streamed = work.input_bytes + work.weight_bytes - stationary;
  if (!work.is_product()) return work.input_bytes + work.weight_traffic() + work.output_bytes;
  return streamed * static_cast<double>(ceil_div(work.gemm.n, device.cols)) + stationary +
         work.output_bytes * static_cast<double>(ceil_div(work.gemm.k, device.rows));
}

}  // namespace

std::int64_t array_cycles(const Gemm& gemm, std::int64_t area, std::int64_t rows, std::int64_t cols,
                          Dataflow dataflow) {
  const auto [m, k, n, groups] = gemm;
  switch (dataflow) {
    case Dataflow::os:
      return (rows + cols + k - 2) * ceil_div(m, rows) * ceil_div(n, cols);
    case Dataflow::ws:
      return (2 * rows + cols + m - 2) * ceil_div(k, rows) * ceil_div(n, cols);
    case Dataflow::is:
      return (2 * rows + cols + n - 2) * ceil_div(k, rows) * ceil_div(m, cols);
    case Dataflow::channel_unrolled:
      return m * area * ceil_div(ceil_div(k, area), rows) * ceil_div(n, cols);
  }
  return 0;
}

double npu_traffic(const Work& work, const NpuParameters& device) {
  const double whole = traffic_of_share(work, 1, device);
  if (work.batch <= 1) return whole;
  const double stay = std::floor(device.activation_sram_bytes * work.batch / (work.input_bytes + work.output_bytes));
  double least = std::min(whole, traffic_in_turns(work, 1, device));
  if (stay > 1 && stay < work.batch) least = std::min(least, traffic_in_turns(work, stay, device));
  return least;
}

NpuParameters npu_parameters(const Profile& profile, Precision precision) {
  const auto at = [&](const char* name) { return profile.number(name); };
  const auto whole = [&](const char* name) { return static_cast<std::int64_t>(profile.number(name)); };
  const auto accumulator = profile.numbers.find("accumulator_bytes");
  return {.launch_s = at("launch_s"),
          .rows = whole("rows"),
          .cols = whole("cols"),
          .dataflow = dataflow_named(profile.choices.at("dataflow")),
          .clock_hz = at("clock_hz"),
          .mac_j = profile.number(with_precision("mac_j_*", precision)),
          .vector_flop_per_s = at("vector_flop_per_s"),
          .vector_j_per_flop = at("vector_j_per_flop"),
          .sram_bytes = at("sram_bytes"),
          .sram_j_per_byte = at("sram_j_per_byte"),
          .accumulator_bytes = accumulator == profile.numbers.end() ? at("sram_bytes") / 2 : accumulator->second.value,
          .activation_sram_bytes = at("activation_sram_bytes"),
          .bytes_per_s = at("memory_bytes_per_s"),
          .j_per_byte = at("memory_j_per_byte"),
          .weights_resident = profile.numbers.contains("weight_cache_bytes")};
}

OperatorCost npu_cost(const Work& work, const NpuParameters& device) {
  const Unit unit = place(work, device);
  const double bytes = npu_traffic(work, device);
  const double busy_s = unit.array_s + unit.vector_s;
  const double memory_s = bytes / device.bytes_per_s;
  const bool on_array = unit.cycles > 0;
  const double vector_flops = on_array ? work.flops : work.total_flops();
  OperatorCost cost = sum_of(CostPart{"launch", device.launch_s, 0},
                             CostPart{"compute", unit.array_s, on_array ? work.macs * device.mac_j : 0},
                             CostPart{"vector", unit.vector_s, vector_flops * device.vector_j_per_flop},
                             CostPart{"memory", std::max(0.0, memory_s - busy_s), bytes * device.j_per_byte},
                             CostPart{"sram", 0, sram_traffic(work, device) * device.sram_j_per_byte});
  if (memory_s > busy_s && memory_s > device.launch_s) cost.limit = "memory";
  cost.bytes = bytes;
  cost.weight_bytes = work.weight_bytes;
  cost.compute_cycles = unit.cycles;
  return cost;
}

}  // namespace cleave
