#include "runtime/measure/measure.hpp"

#include "costmodel/calibration/statistics.hpp"
#include "costmodel/correction.hpp"
#include "costmodel/weights_cached.hpp"
#include "runtime/cpu/winograd.hpp"
#include "runtime/measure/sample_networks.hpp"
#include "runtime/measure/whole_network.hpp"
#include "runtime/thread_clock.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

namespace cleave {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kResolved_s = 1e-6;  ///< what the clock still measures well

/// Everything is measured so often, as far apart as the time allows: what else the machine does passes by some of them.
constexpr std::size_t kRounds = 3;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double sum(const auto& times) { return std::accumulate(times.begin(), times.end(), 0.0); }

/// A run that waited for the core longer than this share of its time says more of what else runs there. Others are
/// made in its place, up to so many times as were asked for.
constexpr double kMostWaiting = 0.02;
constexpr std::size_t kPatience = 3;

/// Seconds of each operator in runs of one network.
class Runs {
 public:
  void add(const std::vector<double>& seconds) {
    times_.resize(seconds.size());
    for (std::size_t i = 0; i < seconds.size(); ++i) times_[i].push_back(seconds[i]);
    total_s_ += sum(seconds);
    ++count_;
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] bool suffice(const Repeats& repeats) const {
    return count_ >= repeats.least && total_s_ >= repeats.least_s;
  }
  /// Medians that add up to the mean run.
  [[nodiscard]] IndexVector<OpId, double> scaled_medians() const {
    std::vector<double> medians;
    for (const std::vector<double>& of_operator : times_) medians.push_back(quantile(of_operator, 0.5));
    const double sum_of_medians_s = sum(medians), mean_run_s = total_s_ / static_cast<double>(count_);
    IndexVector<OpId, double> result;
    for (const double median : medians)
      result.push_back(sum_of_medians_s > 0 ? median * mean_run_s / sum_of_medians_s : median);
    return result;
  }

 private:
  std::vector<std::vector<double>> times_;  ///< by operator
  double total_s_ = 0;
  std::size_t count_ = 0;
};

/// The times of the round in which the network took least: what disturbs can only slow it. The least of each operator
/// would be what no run of all of them takes.
struct Timed {
  std::optional<Network> network = {};
  IndexVector<OpId, double> seconds = {};

  void keep_least(IndexVector<OpId, double> times) {
    if (seconds.empty() || sum(times) < sum(seconds)) seconds = std::move(times);
  }
};

Winograd tiles_here() {
  const auto limits = cpu::winograd_limits();
  return limits ? Winograd{limits->tile, limits->channels, limits->tiles} : Winograd{};
}

double share_cached_by(const MeasuredDevice& device, const Network& network, double cache_bytes) {
  const Winograd tiles = device.on_this_core ? tiles_here() : Winograd{};
  return share_cached(bytes_of_run(network, Precision::fp32, tiles), cache_bytes);
}

/// A sample network and its quarters, none of which was timed yet.
std::vector<Timed> samples(std::uint64_t index, std::int64_t batch) {
  std::vector<Timed> result;
  const auto add = [&](Graph graph) {
    result.emplace_back().network.emplace(make_network(std::make_shared<Graph>(std::move(graph)), batch));
  };
  add(sample_network(index, batch));
  for (Graph& quarter : sample_quarters(index, batch)) add(std::move(quarter));
  return result;
}

/// The first to read an input of the network pays for its layout. In real networks that is an image, in samples what
/// another part would have computed, in the layout that it computes in.
bool pays_for_layout(const Network& network, OpId op) {
  const Operator& one = network.operators[op];
  if (one.kind == OpKind::conv && one.window.in_c <= 4) return false;
  return std::ranges::any_of(one.inputs, [&](TensorId input) {
    const NetworkTensor& tensor = network.tensors[input];
    return !tensor.producer.valid() && tensor.consumers.front() == op;
  });
}

}  // namespace

IndexVector<OpId, double> operator_seconds(const MeasuredDevice& device, const Network& network,
                                           const Repeats& repeats) {
  const WholeNetwork whole(network);
  const std::unique_ptr<TimedStage> stage = device.timed(whole.spec());
  const auto run = [&] { return stage->run(whole.sources(), whole.targets()); };
  (void)run();
  const Repeats patience{kPatience * repeats.least, static_cast<double>(kPatience) * repeats.least_s};
  Runs all, undisturbed;
  while (!undisturbed.suffice(repeats) && !all.suffice(patience)) {
    const Clock::time_point start = Clock::now();
    const double start_cpu_s = thread_cpu_s();
    const std::vector<double> seconds = run();
    const double waited_s = seconds_since(start) - (thread_cpu_s() - start_cpu_s);
    all.add(seconds);
    if (!device.on_this_core || waited_s <= kMostWaiting * sum(seconds)) undisturbed.add(seconds);
  }
  return (undisturbed.count() >= repeats.least ? undisturbed : all).scaled_medians();
}

std::vector<Measurement> measure_operators(const MeasuredDevice& device, const MeasureOptions& options) {
  constexpr std::size_t least_networks = 1;
  constexpr Repeats repeats{.least = 5, .least_s = 0.1};
  const Clock::time_point start = Clock::now();
  std::map<std::uint64_t, std::vector<Timed>> found;
  const std::size_t all = kRounds * options.networks;
  for (std::size_t step = 0; step < all && !options.stop.stop_requested(); ++step) {
    const std::size_t round = step / options.networks, index = step % options.networks;
    const double spent = seconds_since(start) / options.time_budget_s;
    const bool in_time = spent * static_cast<double>(kRounds) < static_cast<double>(round + 1);
    if (!in_time && (index >= least_networks || round > 0)) continue;
    std::vector<Timed>& networks = found[index];
    if (networks.empty()) networks = samples(index, device.batches[index % device.batches.size()]);
    for (Timed& timed : networks) timed.keep_least(operator_seconds(device, *timed.network, repeats));
    if (options.on_progress)
      options.on_progress(std::min(1.0, std::max(static_cast<double>(step + 1) / static_cast<double>(all), spent)));
  }
  std::vector<Measurement> measurements;
  for (const auto& [index, networks] : found)
    for (const Timed& timed : networks) {
      const double cached = share_cached_by(device, *timed.network, options.cache_bytes);
      for (const OpId op : timed.network->operators.ids())
        if (!(device.on_this_core && pays_for_layout(*timed.network, op)) && timed.seconds[op] >= kResolved_s)
          measurements.push_back({.work = work_of(*timed.network, op, Precision::fp32),
                                  .seconds = timed.seconds[op],
                                  .weights_cached = cached});
    }
  return measurements;
}

std::vector<IndexVector<OpId, double>> least_seconds(const MeasuredDevice& device, const std::vector<Network>& networks,
                                                     const std::stop_token& stop) {
  // As long as a plan's period is watched: a core that is faster for a moment is not for long.
  constexpr Repeats repeats{.least = 7, .least_s = 0.5};
  std::vector<Timed> found(networks.size());
  for (std::size_t round = 0; round < kRounds; ++round)
    for (std::size_t i = 0; i < networks.size() && !stop.stop_requested(); ++i)
      found[i].keep_least(operator_seconds(device, networks[i], repeats));
  std::vector<IndexVector<OpId, double>> seconds;
  for (Timed& one : found) seconds.push_back(std::move(one.seconds));
  return seconds;
}

std::vector<Measurement> measure_networks(const MeasuredDevice& device, const std::vector<Network>& networks,
                                          double cache_bytes, const std::stop_token& stop) {
  constexpr double variance = 0.01;
  const std::vector<IndexVector<OpId, double>> seconds = least_seconds(device, networks, stop);
  std::map<std::tuple<std::size_t, ShapePoint, double>, std::vector<Measurement>> by_shape;
  for (std::size_t i = 0; i < networks.size() && !stop.stop_requested(); ++i) {
    const double cached = share_cached_by(device, networks[i], cache_bytes);
    for (const OpId op : networks[i].operators.ids()) {
      if (seconds[i][op] < kResolved_s) continue;
      const Work work = work_of(networks[i], op, Precision::fp32);
      by_shape[{i, shape_point(work), work.input_bytes}].push_back(
          {work, Precision::fp32, seconds[i][op], variance, cached});
    }
  }
  std::vector<Measurement> measurements;
  for (const auto& [shape, alike] : by_shape) {
    double sum = 0;
    for (const Measurement& one : alike) sum += one.seconds;
    measurements.push_back(alike.front());
    measurements.back().seconds = sum / static_cast<double>(alike.size());
  }
  return measurements;
}

}  // namespace cleave
