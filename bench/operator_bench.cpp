// What each operator of a network takes on an engine:
//   bench_operator fp32|opencl MODEL [BATCH] [TOP]
// MODEL is zoo:NAME or an ONNX file; constants in place of weights are drawn from a seed. Printed: the period of runs
// without a watch, the sum of all operators with it, the time by kind of operator, and the TOP slowest operators with
// the rate of their arithmetic. Results are compared with the CPU engine's first.
#include "runtime/measure/measure.hpp"
#include "runtime/measure/measured_device.hpp"
#include "runtime/measure/whole_network.hpp"

#include <cleave/network.hpp>
#include <cleave/runtime.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <string>

namespace {

using namespace cleave;

/// A network on an engine.
class Engine {
 public:
  Engine(const Network& network, std::unique_ptr<Backend> backend) : whole_(network), backend_(std::move(backend)) {
    backend_->prepare(whole_.spec());
  }
  const std::vector<Tensor>& run() {
    backend_->run(whole_.sources(), whole_.targets());
    return whole_.outputs();
  }
  /// Seconds of one run, the median of many.
  double period_s() {
    std::vector<double> times;
    for (double sum = 0; sum < 0.5 || times.size() < 5; sum += times.back()) {
      const auto start = std::chrono::steady_clock::now();
      run();
      times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
  }

 private:
  WholeNetwork whole_;
  std::unique_ptr<Backend> backend_;
};

/// The relative L2 distance of all outputs.
double distance(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  double difference = 0, norm = 0;
  for (std::size_t t = 0; t < a.size(); ++t)
    for (std::size_t i = 0; i < a[t].as<float>().size(); ++i) {
      const double x = static_cast<double>(a[t].as<float>()[i]), y = static_cast<double>(b[t].as<float>()[i]);
      difference += (x - y) * (x - y);
      norm += x * x;
    }
  return std::sqrt(difference / norm);
}

int measure(const std::string& engine, const std::string& model, std::int64_t batch, std::size_t top) {
  const Network network = with_seeded_weights(read_network(model, {.batch = batch}), 1);
  const bool on_device = engine == "opencl";
  const MeasuredDevice device = on_device ? opencl_device({}, 0) : this_core({}, 0);
  Engine own(network, on_device ? make_opencl_backend() : make_cpu_backend());
  Engine cpu(network, make_cpu_backend());
  const double error = distance(cpu.run(), own.run());
  if (!(error < 1e-4)) {
    fmt::print(stderr, "{}: results differ by {}\n", model, error);
    return 1;
  }
  const double period_s = own.period_s();
  const auto seconds = operator_seconds(device, network, {.least = 5, .least_s = 0.3});
  std::map<OpKind, std::pair<double, double>> kinds;
  std::vector<OpId> order;
  double sum = 0, macs = 0;
  for (const OpId op : network.operators.ids()) {
    const Operator& one = network.operators[op];
    auto& [of_kind, macs_of_kind] = kinds[one.kind];
    of_kind += seconds[op];
    macs_of_kind += static_cast<double>(one.macs);
    sum += seconds[op];
    macs += static_cast<double>(one.macs);
    order.push_back(op);
  }
  fmt::print("{} batch {} on {}: period {:.3f} ms, operators {:.3f} ms, {:.2f} TFLOP/s, rel-L2 {:.1e}\n", model, batch,
             device.title, 1e3 * period_s, 1e3 * sum, 2e-12 * macs / period_s, error);
  for (const auto& [kind, times] : kinds)
    fmt::print("  {:16} {:9.3f} ms  {:6.2f} TFLOP/s\n", name_of(kind), 1e3 * times.first,
               2e-12 * times.second / times.first);
  std::ranges::sort(order, std::ranges::greater(), [&](OpId op) { return seconds[op]; });
  for (std::size_t i = 0; i < std::min(top, order.size()); ++i) {
    const Operator& one = network.operators[order[i]];
    fmt::print("    {:40} {:9.1f} us  {:6.2f} TFLOP/s\n", one.name, 1e6 * seconds[order[i]],
               2e-12 * static_cast<double>(one.macs) / seconds[order[i]]);
  }
  return 0;
}

}  // namespace

int main(int count, char** words) try {
  if (count < 3) {
    fmt::print(stderr, "give: fp32|opencl MODEL [BATCH] [TOP]\n");
    return 2;
  }
  return measure(words[1], words[2], count > 3 ? std::stoll(words[3]) : 1, count > 4 ? std::stoul(words[4]) : 0);
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
