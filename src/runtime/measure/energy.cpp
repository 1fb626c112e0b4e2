#include "runtime/measure/energy.hpp"

#include "costmodel/work.hpp"
#include "model/zoo/graph_builder.hpp"
#include "runtime/energy/energy_meter.hpp"
#include "runtime/measure/whole_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

namespace cleave {
namespace {

using Clock = std::chrono::steady_clock;

/// One interval: what the counters saw, and what was done meanwhile.
struct Interval {
  double seconds = 0, joules = 0, runs = 0;

  [[nodiscard]] double joules_above(double idle_w) const { return joules - idle_w * seconds; }
};

std::optional<Interval> interval_of(EnergyMeter& meter, double window_s, const std::function<void()>& run) {
  const auto before_j = meter.read_total_j();
  const Clock::time_point start = Clock::now();
  Interval interval;
  do {
    run();
    ++interval.runs;
    interval.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  } while (interval.seconds < window_s);
  const auto after_j = meter.read_total_j();
  if (!before_j || !after_j) return std::nullopt;
  interval.joules = *after_j - *before_j;
  return interval;
}

std::optional<std::vector<Interval>> intervals_of(EnergyMeter& meter, const EnergyMeasuring& how,
                                                  const std::function<void()>& run) {
  std::vector<Interval> intervals;
  for (int i = 0; i < how.windows; ++i) {
    const auto interval = interval_of(meter, how.window_s, run);
    if (!interval) return std::nullopt;
    intervals.push_back(*interval);
  }
  return intervals;
}

/// The mean of all windows, within the least and the greatest of them.
Quantity quantity_of(const std::vector<double>& values, std::string source, int year) {
  double sum = 0;
  for (const double value : values) sum += value;
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  return {std::clamp(sum / static_cast<double>(values.size()), *least, *greatest), *least, *greatest, std::move(source),
          year};
}

template <class Value>
Quantity over(const std::vector<Interval>& intervals, std::string source, int year, Value value) {
  std::vector<double> values;
  for (const Interval& one : intervals) values.push_back(std::max(0.0, value(one)));
  return quantity_of(values, std::move(source), year);
}

std::string names_of(const std::vector<EnergySource>& sources) {
  std::string names;
  for (const EnergySource& source : sources) names += (names.empty() ? "" : ", ") + source.name;
  return names;
}

}  // namespace

EnergyLoad products_load(std::unique_ptr<Backend> engine, std::int64_t side) {
  zoo::GraphBuilder net("products");
  ValueId x = net.input("x", DataType::float32, {side, side});
  for (int i = 0; i < 4; ++i) x = net.linear(x, fmt::format("linear{}", i), side, {.bias = false});
  const Network network = make_network(std::make_shared<Graph>(std::move(net).finish({x})), 1);
  EnergyLoad load;
  for (const OpId op : network.operators.ids()) {
    const Work work = work_of(network, op, Precision::fp32);
    load.flop += work.total_flops();
    load.bytes += work.input_bytes + work.weight_bytes + work.output_bytes;
  }
  const auto whole = std::make_shared<WholeNetwork>(network);
  engine->prepare(whole->spec());
  load.run = [whole, shared = std::shared_ptr<Backend>(std::move(engine))] {
    shared->run(whole->sources(), whole->targets());
  };
  load.run();  // what is slow the first time is over before anything is measured
  return load;
}

std::optional<EnergyCoefficients> measure_energy(const std::vector<EnergySource>& sources, const EnergyLoad& products,
                                                 const EnergyLoad& copies, const EnergyMeasuring& how) {
  EnergyMeter meter(sources);
  if (meter.sources().empty()) return std::nullopt;
  constexpr std::chrono::milliseconds nap(20);
  const auto idle = intervals_of(meter, how, [nap] { std::this_thread::sleep_for(nap); });
  const auto moved = idle ? intervals_of(meter, how, copies.run) : std::nullopt;
  const auto computed = moved ? intervals_of(meter, how, products.run) : std::nullopt;
  if (!computed) return std::nullopt;
  const std::string source =
      fmt::format("measured: {}, {} times {} s", names_of(meter.sources()), how.windows, how.window_s);
  EnergyCoefficients found;
  found.idle_w = over(*idle, source, how.year, [](const Interval& one) { return one.joules / one.seconds; });
  const double idle_w = found.idle_w.value;
  found.memory_j_per_byte = over(*moved, source + " of copies", how.year, [&](const Interval& one) {
    return one.joules_above(idle_w) / (one.runs * copies.bytes);
  });
  const double moving_j = products.bytes * found.memory_j_per_byte.value;
  found.j_per_flop = over(*computed, source + " of matrix products", how.year, [&](const Interval& one) {
    return (one.joules_above(idle_w) / one.runs - moving_j) / products.flop;
  });
  return found;
}

}  // namespace cleave
