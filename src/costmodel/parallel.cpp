#include "costmodel/parallel.hpp"

#include "devices/fields.hpp"

#include <algorithm>

namespace cleave {
namespace {

/// How many times as long as at the peak a product takes. Matrix products have no spatial sides.
double product_stretch(const Work& work, const ParallelParameters& device) {
  if (work.is_depthwise()) return 1 / device.depthwise_efficiency;
  const auto out_c = static_cast<double>(work.gemm.n), k = static_cast<double>(work.gemm.k);
  if (work.kind != OpKind::conv) return device.out_c.stretch(out_c) * device.in_c.stretch(k);
  const Window& window = work.window;
  const auto area = static_cast<double>(std::max<std::int64_t>(1, window.kernel_h * window.kernel_w));
  return device.out_c.stretch(out_c) * device.in_c.stretch(k / area) *
         device.out_h.stretch(static_cast<double>(window.out_h)) *
         device.out_w.stretch(static_cast<double>(window.out_w));
}

}  // namespace

ParallelParameters parallel_parameters(const Profile& profile, Precision precision) {
  const auto at = [&](std::string_view name) { return profile.number(with_precision(name, precision)); };
  return {.launch_s = at("launch_s"),
          .peak_flop_per_s = at("peak_*_flop_per_s"),
          .j_per_flop = at("j_per_flop_*"),
          .bytes_per_s = at("memory_bytes_per_s"),
          .j_per_byte = at("memory_j_per_byte"),
          .out_c = {at("out_c_unroll"), at("out_c_padding")},
          .in_c = {at("in_c_unroll"), at("in_c_padding")},
          .out_h = {at("out_h_unroll"), at("out_h_padding")},
          .out_w = {at("out_w_unroll"), at("out_w_padding")},
          .batch = {at("batch_unroll"), 1},
          .depthwise_efficiency = at("depthwise_efficiency_*"),
          .other_efficiency = at("other_efficiency_*")};
}

OperatorCost parallel_cost(const Work& work, const ParallelParameters& device) {
  const double bytes = work.input_bytes + work.weight_traffic() + work.output_bytes;
  const double products_s = work.macs > 0 ? 2 * work.macs / device.peak_flop_per_s * product_stretch(work, device) : 0;
  const double others_s = work.flops / (device.peak_flop_per_s * device.other_efficiency);
  const double compute_s = (products_s + others_s) * device.batch.stretch(work.batch);
  const double memory_s = bytes / device.bytes_per_s;
  OperatorCost cost = sum_of(CostPart{"launch", device.launch_s, 0},
                             CostPart{"compute", compute_s, work.total_flops() * device.j_per_flop},
                             CostPart{"memory", std::max(0.0, memory_s - compute_s), bytes * device.j_per_byte});
  if (memory_s > compute_s && memory_s > device.launch_s) cost.limit = "memory";
  cost.bytes = bytes;
  cost.weight_bytes = work.weight_bytes;
  return cost;
}

}  // namespace cleave
