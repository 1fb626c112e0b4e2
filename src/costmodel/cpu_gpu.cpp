#include "costmodel/cpu_gpu.hpp"

#include "devices/fields.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// 1 for large x, 1/2 at x = half.
double saturation(double x, double half) { return x / (x + half); }

double product_rate(const Work& work, const RooflineParameters& device) {
  if (work.is_depthwise()) return device.peak_flop_per_s * device.depthwise_efficiency;
  const double u = saturation(static_cast<double>(work.gemm.m), device.m0) *
                   saturation(static_cast<double>(work.gemm.n), device.n0) *
                   saturation(static_cast<double>(work.gemm.k), device.k0);
  return device.peak_flop_per_s * u * (work.kind == OpKind::conv ? device.conv_efficiency : device.gemm_efficiency);
}

double compute_seconds(const Work& work, const RooflineParameters& device) {
  const double products = work.macs > 0 ? 2 * work.macs / product_rate(work, device) : 0;
  return products + work.flops / (device.peak_flop_per_s * device.other_efficiency);
}

/// (a^p + b^p)^(1/p), scaled so that the powers cannot underflow.
double smooth_max(double a, double b, double p) {
  const double larger = std::max(a, b);
  if (larger <= 0) return 0;
  const double ratio = std::min(a, b) / larger;
  // Most profiles have p = 4; two products and two roots take a tenth of the time of two powers.
  if (p == 4) return larger * std::sqrt(std::sqrt(1 + ratio * ratio * ratio * ratio));
  return larger * std::pow(1 + std::pow(ratio, p), 1 / p);
}

}  // namespace

RooflineParameters roofline_parameters(const Profile& profile, Precision precision) {
  const auto at = [&](std::string_view name) { return profile.number(with_precision(name, precision)); };
  return {.launch_s = at("launch_s"),
          .peak_flop_per_s = at("peak_*_flop_per_s"),
          .j_per_flop = at("j_per_flop_*"),
          .bytes_per_s = at("memory_bytes_per_s") * at("memory_efficiency"),
          .j_per_byte = at("memory_j_per_byte"),
          .gemm_efficiency = at("gemm_efficiency_*"),
          .conv_efficiency = at("conv_efficiency_*"),
          .depthwise_efficiency = at("depthwise_efficiency_*"),
          .other_efficiency = at("other_efficiency_*"),
          .m0 = at("m0"),
          .n0 = at("n0"),
          .k0 = at("k0"),
          .overlap_p = at("overlap_p")};
}

OperatorCost roofline_cost(const Work& work, const RooflineParameters& device) {
  const double bytes = work.input_bytes + work.weight_traffic() + work.output_bytes;
  const double compute_s = compute_seconds(work, device);
  const double memory_s = bytes / device.bytes_per_s;
  const double busy_s = smooth_max(compute_s, memory_s, device.overlap_p);
  OperatorCost cost = sum_of({{"launch", device.launch_s, 0},
                              {"compute", compute_s, work.total_flops() * device.j_per_flop},
                              {"memory", busy_s - compute_s, bytes * device.j_per_byte}});
  cost.bytes = bytes;
  cost.weight_bytes = work.weight_bytes;
  if (std::max(compute_s, memory_s) > device.launch_s)
    cost.limit = compute_s >= memory_s ? "compute" : "memory";
  else
    cost.limit = "launch";
  return cost;
}

}  // namespace cleave
