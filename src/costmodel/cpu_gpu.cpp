#include "costmodel/cpu_gpu.hpp"

#include "costmodel/correction.hpp"
#include "devices/fields.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

/// 1 for large x, 1/2 at x = half.
double saturation(double x, double half) { return x / (x + half); }

bool suits_matrix_unit(const Work& work, const MatrixUnit& matrix) {
  const Window& w = work.window;
  const bool reads_pixels = work.kind == OpKind::conv && w.kernel_h == 1 && w.kernel_w == 1;
  const Gemm& g = work.gemm;
  return matrix.rows > 0 && (work.kind == OpKind::gemm || reads_pixels) && g.groups == 1 && g.m >= matrix.rows &&
         std::min(g.k, g.n) >= matrix.side && g.k * g.n >= matrix.weights && g.n % matrix.columns == 0;
}

/// What the algorithm saves, less what tiles compute beyond the plane's edges.
double conv_gain(const Work& work, const RooflineParameters& device) {
  if (work.window.kernel_h == 1 && work.window.kernel_w == 1) return device.conv1x1_gain;
  const Winograd& winograd = device.winograd;
  const std::int64_t tiles = winograd_tiles(work, winograd);
  if (tiles == 0) return 1;
  return device.conv3x3_gain * static_cast<double>(work.gemm.m) /
         static_cast<double>(tiles * winograd.tile * winograd.tile);
}

/// A 3x3 convolution that may be computed in tiles.
bool suits_tiles(const Work& work, const Winograd& winograd) {
  const Window& w = work.window;
  return work.kind == OpKind::conv && !work.is_depthwise() && w.kernel_h == 3 && w.kernel_w == 3 && w.stride_h == 1 &&
         w.stride_w == 1 && w.in_c % winograd.channels == 0 && w.out_c % winograd.channels == 0;
}

/// Weights of a tile for each of a 3x3 kernel.
double more_weights(std::int64_t tile) { return tile > 1 ? static_cast<double>((tile + 2) * (tile + 2)) / 9 : 1; }

/// Bytes of weights that are read.
double weights_read(const Work& work, const RooflineParameters& device) {
  return work.weight_traffic() * (winograd_tiles(work, device.winograd) > 0 ? more_weights(device.winograd.tile) : 1);
}

double product_rate(const Work& work, const RooflineParameters& device) {
  if (work.is_depthwise()) return device.peak_flop_per_s * device.depthwise_efficiency;
  const double u = saturation(static_cast<double>(work.gemm.m), device.m0) *
                   saturation(static_cast<double>(work.gemm.n), device.n0) *
                   saturation(static_cast<double>(work.gemm.k), device.k0);
  if (work.kind == OpKind::conv)
    return device.peak_flop_per_s * u * saturation(static_cast<double>(work.group_channels()), device.c0) *
           device.conv_efficiency * conv_gain(work, device);
  return device.peak_flop_per_s * u * device.gemm_efficiency;
}

/// Of operators without products, against elementwise ones.
double kind_gain(OpKind kind, const RooflineParameters& device) {
  switch (kind) {
    case OpKind::pool:
      return device.pool_gain;
    case OpKind::softmax:
      return device.softmax_gain;
    case OpKind::normalization:
      return device.normalization_gain;
    default:
      return 1;
  }
}

/// However many units there are, a result is summed up in k steps, one after another.
double product_seconds(const Work& work, const RooflineParameters& device) {
  if (work.macs <= 0) return 0;
  const double by_rate_s = 2 * work.macs / product_rate(work, device);
  if (device.inner_step_s <= 0 || work.is_depthwise()) return by_rate_s;
  const double by_steps_s = static_cast<double>(work.gemm.k) * device.inner_step_s;
  return std::sqrt(by_rate_s * by_rate_s + by_steps_s * by_steps_s);
}

double compute_seconds(const Work& work, const RooflineParameters& device) {
  return product_seconds(work, device) +
         work.flops / (device.peak_flop_per_s * device.other_efficiency * kind_gain(work.kind, device));
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

double weights_held(const Work& work, const Winograd& winograd) {
  constexpr std::int64_t small_tile = 2;
  if (!suits_tiles(work, winograd)) return work.weight_bytes;
  const std::int64_t tile = winograd.tile;
  return work.weight_bytes * more_weights(winograd_tiles(work, winograd) > 0 ? tile : std::min(tile, small_tile));
}

RooflineParameters with_cached_weights(RooflineParameters parameters, double share) {
  if (share > 0)
    parameters.weight_bytes_per_s =
        1 / ((1 - share) / parameters.weight_bytes_per_s +
             share / std::max(parameters.cached_weight_bytes_per_s, parameters.weight_bytes_per_s));
  return parameters;
}

RooflineParameters roofline_parameters(const Profile& profile, Precision precision) {
  const auto at = [&](std::string_view name) { return profile.number(with_precision(name, precision)); };
  return {.launch_s = at("launch_s"),
          .peak_flop_per_s = at("peak_*_flop_per_s"),
          .j_per_flop = at("j_per_flop_*"),
          .bytes_per_s = at("memory_bytes_per_s") * at("memory_efficiency"),
          .weight_bytes_per_s = at("memory_bytes_per_s") * at("memory_efficiency"),
          .cached_weight_bytes_per_s = at("memory_bytes_per_s") * at("memory_efficiency"),
          .j_per_byte = at("memory_j_per_byte"),
          .gemm_efficiency = at("gemm_efficiency_*"),
          .conv_efficiency = at("conv_efficiency_*"),
          .depthwise_efficiency = at("depthwise_efficiency_*"),
          .other_efficiency = at("other_efficiency_*"),
          .conv1x1_gain = at("conv1x1_gain_*"),
          .conv3x3_gain = at("conv3x3_gain_*"),
          .pool_gain = at("pool_gain_*"),
          .softmax_gain = at("softmax_gain_*"),
          .normalization_gain = at("normalization_gain_*"),
          .winograd = {.tile = std::llround(at("winograd_tile")),
                       .channels = std::llround(at("winograd_channels")),
                       .tiles = std::llround(at("winograd_tiles"))},
          .matrix = {.rows = std::llround(at("matrix_rows")),
                     .side = std::llround(at("matrix_side")),
                     .weights = std::llround(at("matrix_weights")),
                     .columns = std::llround(at("matrix_columns"))},
          .m0 = at("m0"),
          .n0 = at("n0"),
          .k0 = at("k0"),
          .overlap_p = at("overlap_p")};
}

std::int64_t winograd_tiles(const Work& work, const Winograd& winograd) {
  if (!suits_tiles(work, winograd)) return 0;
  const Window& w = work.window;
  const std::int64_t tiles = work.samples() * ceil_div(w.out_h, winograd.tile) * ceil_div(w.out_w, winograd.tile);
  return tiles >= winograd.tiles ? tiles : 0;
}

std::string_view name_of(RooflineClass operators) {
  constexpr std::array<std::string_view, kRooflineClasses.size()> names = {"gemm", "conv", "other", "matrix"};
  return names[static_cast<std::size_t>(operators)];
}

RooflineClass roofline_class(const Work& work, const MatrixUnit& matrix) {
  if (suits_matrix_unit(work, matrix)) return RooflineClass::matrix;
  if (work.kind == OpKind::conv) return RooflineClass::conv;
  return work.kind == OpKind::gemm || work.kind == OpKind::matmul ? RooflineClass::gemm : RooflineClass::other;
}

namespace {

/// What a profile says of one class of operators besides what it says of all.
RooflineParameters of_class(RooflineParameters parameters, const Profile& profile, Precision precision,
                            RooflineClass operators) {
  const std::string prefix = std::string(name_of(operators)) + '_';
  const auto first = profile.numbers.lower_bound(prefix);
  const auto set = [&](double& parameter, std::string_view name, double unit = 1) {
    if (first == profile.numbers.end() || !first->first.starts_with(prefix)) return;
    const auto field = profile.numbers.find(prefix + with_precision(name, precision));
    if (field != profile.numbers.end()) parameter = field->second.value * unit;
  };
  set(parameters.launch_s, "launch_*_s");
  const double bytes_per_s = profile.number("memory_bytes_per_s");
  set(parameters.bytes_per_s, "memory_efficiency_*", bytes_per_s);
  parameters.weight_bytes_per_s = parameters.bytes_per_s;
  set(parameters.weight_bytes_per_s, "weight_memory_efficiency_*", bytes_per_s);
  parameters.cached_weight_bytes_per_s = parameters.weight_bytes_per_s;
  set(parameters.cached_weight_bytes_per_s, "cached_weight_memory_efficiency_*", bytes_per_s);
  set(parameters.other_efficiency, "other_efficiency_*");
  if (operators == RooflineClass::matrix) {
    set(parameters.gemm_efficiency, "efficiency_*");
    parameters.conv_efficiency = parameters.gemm_efficiency;
    parameters.conv1x1_gain = 1;
  }
  set(parameters.m0, "m0_*");
  set(parameters.n0, "n0_*");
  set(parameters.k0, "k0_*");
  set(parameters.c0, "c0_*");
  set(parameters.inner_step_s, "inner_step_*_s");
  set(parameters.overlap_p, "overlap_p_*");
  return parameters;
}

}  // namespace

RooflineParameters roofline_parameters(const Profile& profile, Precision precision, RooflineClass operators) {
  return of_class(roofline_parameters(profile, precision), profile, precision, operators);
}

CalibratedRoofline calibrated_roofline(const Profile& profile, Precision precision, double weights_cached) {
  CalibratedRoofline device{.weights_cached = weights_cached};
  const RooflineParameters of_all = roofline_parameters(profile, precision);
  for (const RooflineClass operators : kRooflineClasses)
    device.parameters[static_cast<std::size_t>(operators)] =
        with_cached_weights(of_class(of_all, profile, precision, operators), weights_cached);
  for (const Correction& correction : profile.corrections)
    for (std::size_t i = 0; i < device.corrections.size(); ++i)
      if (correction.precision == precision && correction.operators == name_of(static_cast<RooflineClass>(i)))
        device.corrections[i] = correction;
  return device;
}

OperatorCost calibrated_cost(const Work& work, const CalibratedRoofline& device) {
  const auto operators = static_cast<std::size_t>(roofline_class(work, device.parameters.front().matrix));
  OperatorCost cost = roofline_cost(work, device.parameters[operators]);
  if (device.corrections[operators].points.empty()) return cost;
  const double factor = correction_factor(device.corrections[operators], shape_point(work, device.weights_cached));
  cost.seconds = 0;
  for (CostPart& part : cost.parts) {
    part.seconds *= factor;
    cost.seconds += part.seconds;
  }
  return cost;
}

OperatorCost roofline_cost(const Work& work, const RooflineParameters& device) {
  const double activations_read = work.activation_traffic();
  const double bytes = activations_read + work.weight_traffic() + work.output_bytes;
  const double compute_s = compute_seconds(work, device);
  const double memory_s = (activations_read + work.output_bytes) / device.bytes_per_s +
                          weights_read(work, device) / device.weight_bytes_per_s;
  const double busy_s = smooth_max(compute_s, memory_s, device.overlap_p);
  OperatorCost cost = sum_of(CostPart{"launch", device.launch_s, 0},
                             CostPart{"compute", compute_s, work.total_flops() * device.j_per_flop},
                             CostPart{"memory", busy_s - compute_s, bytes * device.j_per_byte});
  cost.bytes = bytes;
  cost.weight_bytes = weights_held(work, device.winograd);
  if (std::max(compute_s, memory_s) > device.launch_s)
    cost.limit = compute_s >= memory_s ? "compute" : "memory";
  else
    cost.limit = "launch";
  return cost;
}

}  // namespace cleave
