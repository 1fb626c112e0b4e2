#include "runtime/measure/measure.hpp"

#include "costmodel/calibration/statistics.hpp"
#include "costmodel/correction.hpp"
#include "runtime/measure/bench.hpp"
#include "runtime/measure/sample_networks.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>

namespace cleave {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kBeyondCaches = std::size_t{1} << 27;  ///< bytes
constexpr double kResolved_s = 1e-6;                         ///< what the clock still measures well

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

IndexVector<OpId, double> operator_seconds(const Network& network, std::size_t repeats, bool cold) {
  Bench bench(network);
  (void)bench.run();
  std::vector<std::vector<double>> times(network.operators.size());
  std::vector<unsigned char> block(cold ? kBeyondCaches : 0);
  for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
    std::fill(block.begin(), block.end(), static_cast<unsigned char>(repeat));
    const std::vector<double> seconds = bench.run();
    for (std::size_t i = 0; i < seconds.size(); ++i) times[i].push_back(seconds[i]);
  }
  IndexVector<OpId, double> medians;
  for (const std::vector<double>& of_operator : times) medians.push_back(quantile(of_operator, 0.5));
  return medians;
}

std::vector<Measurement> measure_operators(const MeasureOptions& options) {
  constexpr std::size_t least_networks = 8, repeats = 7;
  const Clock::time_point start = Clock::now();
  std::vector<Measurement> measurements;
  for (std::size_t index = 0; index < options.networks && !options.stop.stop_requested(); ++index) {
    const double spent = seconds_since(start) / options.time_budget_s;
    if (spent > 1 && index >= least_networks) break;
    const Network network = make_network(std::make_shared<Graph>(sample_network(index)), 1);
    const IndexVector<OpId, double> seconds = operator_seconds(network, repeats, true);
    for (const OpId op : network.operators.ids())
      if (op.at() > 0 && seconds[op] >= kResolved_s)
        measurements.push_back({work_of(network, op, Precision::fp32), Precision::fp32, seconds[op]});
    const double done = static_cast<double>(index + 1) / static_cast<double>(options.networks);
    if (options.on_progress) options.on_progress(std::min(1.0, std::max(done, spent)));
  }
  return measurements;
}

std::vector<Measurement> measure_network(const Network& network) {
  constexpr std::size_t repeats = 15;
  constexpr double variance = 0.01;
  const IndexVector<OpId, double> seconds = operator_seconds(network, repeats, false);
  using Key = std::pair<ShapePoint, double>;
  std::map<Key, std::vector<Measurement>> by_shape;
  for (const OpId op : network.operators.ids()) {
    if (seconds[op] < kResolved_s) continue;
    const Work work = work_of(network, op, Precision::fp32);
    by_shape[{shape_point(work), work.input_bytes}].push_back({work, Precision::fp32, seconds[op], variance});
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

double copy_bytes_per_s() {
  const std::vector<unsigned char> from(kBeyondCaches, 1);
  std::vector<unsigned char> to(kBeyondCaches);
  double best = 0;
  for (int repeat = 0; repeat < 10; ++repeat) {
    const Clock::time_point start = Clock::now();
    std::memcpy(to.data(), from.data(), from.size());
    // Read back, so that the copy cannot be left out.
    const double seconds = seconds_since(start) + (to[static_cast<std::size_t>(repeat)] == 1 ? 0 : 1);
    best = std::max(best, 2 * static_cast<double>(kBeyondCaches) / seconds);
  }
  return best;
}

}  // namespace cleave
