#pragma once
/// Times of operators on this machine, with the kernels that plans are executed with.

#include "costmodel/calibration/measurements.hpp"

#include <cleave/network.hpp>

#include <functional>
#include <stop_token>
#include <vector>

namespace cleave {

/// Median seconds of each operator of `network` over `repeats` runs of the whole network on one core.
/// `cold`: caches are emptied between the runs, as when other networks' weights pass through them.
[[nodiscard]] IndexVector<OpId, double> operator_seconds(const Network& network, std::size_t repeats, bool cold);

struct MeasureOptions {
  double time_budget_s = 120;
  std::size_t networks = 120;  ///< at most
  std::function<void(double fraction)> on_progress = {};
  std::stop_token stop = {};
};
/// Operators of sample networks (sample_networks.hpp), until the budget is spent; at least those of eight networks,
/// unless `stop` asks to end. Operators of below a microsecond, which the clock does not resolve, are left out, and
/// so is the first of each network, which pays for changing the layout of the input.
[[nodiscard]] std::vector<Measurement> measure_operators(const MeasureOptions& options);

/// Operators of `network` while it runs over and over, as stages do, each shape once. Their errors are small: other
/// measurements stand for shapes like theirs, these for themselves.
[[nodiscard]] std::vector<Measurement> measure_network(const Network& network);

/// Bytes per second of copying a block that no cache holds, reads and writes both counted; the best of ten.
[[nodiscard]] double copy_bytes_per_s();

}  // namespace cleave
