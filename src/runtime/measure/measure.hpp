#pragma once
/// Times of operators on a device of this machine, with the kernels that plans are executed with.

#include "costmodel/calibration/measurements.hpp"
#include "runtime/measure/measured_device.hpp"

#include <cleave/network.hpp>

#include <functional>
#include <stop_token>
#include <vector>

namespace cleave {

struct Repeats {
  std::size_t least = 1;
  double least_s = 0;  ///< they go on so long
};

/// Seconds of each operator of `network` over `repeats` runs of the whole network on `device`: medians, scaled so that
/// they add up to the mean of the runs. Each run is held up somewhere, now here and now there: no operator's median
/// knows of that, and the period of a pipeline is a mean. Runs that waited for a core, as others had it, are made
/// again; where that does not help, they count.
[[nodiscard]] IndexVector<OpId, double> operator_seconds(const MeasuredDevice& device, const Network& network,
                                                         const Repeats& repeats);

struct MeasureOptions {
  double time_budget_s = 120;
  std::size_t networks = 20;  ///< at most
  double cache_bytes = 0;     ///< of the machine, which says what weights were cached; 0: none were
  std::function<void(double fraction)> on_progress = {};
  std::stop_token stop = {};
};
/// Operators of sample networks (sample_networks.hpp), whose weights come from memory, and of the quarters of large
/// ones by themselves, whose weights caches may hold, in three rounds, of which that counts in which the network took
/// least, until the budget is spent; at least those of one network, unless `stop` asks to end. Operators of below a
/// microsecond, which the clock does not resolve, are left out, and so is, on a core, the first to read each input of a
/// network, which pays for changing its layout, unless that is an image.
[[nodiscard]] std::vector<Measurement> measure_operators(const MeasuredDevice& device, const MeasureOptions& options);

/// operator_seconds of each network over half a second or more, in that of three rounds over all of them in which the
/// network took least: what disturbs can only slow it. Nothing is known where `stop` asks to end.
[[nodiscard]] std::vector<IndexVector<OpId, double>> least_seconds(const MeasuredDevice& device,
                                                                   const std::vector<Network>& networks,
                                                                   const std::stop_token& stop = {});

/// Operators of `networks` while each runs over and over, as stages do, each shape of a network once, in rounds as
/// above; `cache_bytes` as above. Their errors are small: other measurements stand for shapes like theirs, these for
/// themselves. Nothing when `stop` asks to end.
[[nodiscard]] std::vector<Measurement> measure_networks(const MeasuredDevice& device,
                                                        const std::vector<Network>& networks, double cache_bytes,
                                                        const std::stop_token& stop = {});

}  // namespace cleave
