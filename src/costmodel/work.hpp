#pragma once
/// What an operator asks of a device, whatever the device.

#include <cleave/cost_table.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string>
#include <vector>

namespace cleave {

/// An operator in numbers at one precision. Times and energies follow from this and a profile.
struct Work {
  OpKind kind = OpKind::other;
  Gemm gemm = {};
  Window window = {};
  double macs = 0;
  double flops = 0;         ///< other arithmetic
  double parameters = 0;    ///< elements
  double weight_bytes = 0;  ///< of its parameters
  double input_bytes = 0;   ///< activations read
  double output_bytes = 0;  ///< activations written
  double element_bytes = 0;
  double batch = 1;  ///< samples, all of them counted above

  /// A matrix product, constant weights or not; none when a dimension is empty.
  [[nodiscard]] bool is_product() const {
    const bool kind_is = kind == OpKind::conv || kind == OpKind::gemm || kind == OpKind::matmul;
    return kind_is && gemm.m > 0 && gemm.k > 0 && gemm.n > 0 && gemm.groups > 0;
  }
  /// Each input channel by itself, into any number of output channels: nothing is summed up over channels.
  [[nodiscard]] bool is_depthwise() const { return kind == OpKind::conv && gemm.groups > 1 && group_channels() == 1; }
  /// Bytes of parameters that are read: a look-up touches the rows that it delivers, not the table.
  [[nodiscard]] double weight_traffic() const {
    return kind == OpKind::lookup && output_bytes < weight_bytes ? output_bytes : weight_bytes;
  }
  /// Bytes of activations that are read: not the rows that a convolution's window steps over. Of columns it steps over
  /// all are, as they share cache lines with others.
  [[nodiscard]] double activation_traffic() const {
    if (kind != OpKind::conv || window.kernel_h >= window.stride_h) return input_bytes;
    const std::int64_t rows_skipped = std::max<std::int64_t>(window.in_h - window.out_h * window.kernel_h, 0);
    const double skipped = static_cast<double>(samples()) * static_cast<double>(rows_skipped) *
                           static_cast<double>(window.in_w) * static_cast<double>(window.in_c) * element_bytes;
    return std::max(input_bytes - skipped, 0.0);
  }
  /// Of a convolution: the batch, and the input channels of a group.
  [[nodiscard]] std::int64_t samples() const { return gemm.m / std::max<std::int64_t>(window.out_h * window.out_w, 1); }
  [[nodiscard]] std::int64_t group_channels() const {
    return std::max<std::int64_t>(gemm.k / std::max<std::int64_t>(window.kernel_h * window.kernel_w, 1), 1);
  }
  /// Two operations per multiply-accumulate, and the rest.
  [[nodiscard]] double total_flops() const { return 2 * macs + flops; }
};
[[nodiscard]] Work work_of(const Network& network, OpId op, Precision precision);

/// Bytes of a tensor at `precision`, unless its size is fixed.
[[nodiscard]] double tensor_bytes(const NetworkTensor& tensor, Precision precision);

/// Bytes of all tensors alive while each operator runs: from their producer (or the start) to their
/// last consumer (or the end).
[[nodiscard]] std::vector<double> live_bytes(const Network& network, Precision precision);

/// The least integer q with q*b >= a; a >= 0, b > 0. Most operators fit into what they are divided by: a comparison is
/// a tenth of a division.
[[nodiscard]] constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return a <= b ? std::int64_t{a > 0} : (a + b - 1) / b;
}

/// The least whole number that is not below x; 0 <= x < 2^63. Unlike std::ceil it is no call.
[[nodiscard]] constexpr double ceil_of(double x) {
  const auto whole = static_cast<double>(static_cast<std::int64_t>(x));
  return whole < x ? whole + 1 : whole;
}

/// Adds up the parts: seconds and joules are their sums in order, the limit is the longest part. A template, so that
/// each part is written once, where it stays: millions of costs are made when tables are.
template <std::same_as<CostPart>... Parts>
[[nodiscard]] OperatorCost sum_of(const Parts&... parts) {
  OperatorCost cost;
  double longest_s = -1;
  const auto add = [&](const CostPart& part) {
    cost.parts.add(part);
    cost.seconds += part.seconds;
    cost.joules += part.joules;
    if (part.seconds <= longest_s) return;
    longest_s = part.seconds;
    cost.limit = part.name;
  };
  (add(parts), ...);
  return cost;
}
/// It cannot run there.
[[nodiscard]] OperatorCost cannot(std::string reason);

}  // namespace cleave
