#include "runtime/executor/crew.hpp"

#include "runtime/executor/core_pinning.hpp"
#include "runtime/supported.hpp"

#include <omp.h>

#include <algorithm>
#include <utility>

namespace cleave {

Crew::Crew(Pipeline& pipeline, const Plan& plan, const BackendFactory& factory, const RunOptions& options,
           const std::string& network)
    : pipeline_(pipeline), network_(network) {
  hire(plan);
  try {
    start(plan, factory, options.pin);
    end();
    for (const Worker& worker : workers_)
      if (worker.trouble) std::rethrow_exception(worker.trouble);
  } catch (...) {
    halt();
    throw;
  }
}

Crew::~Crew() { halt(); }

void Crew::hire(const Plan& plan) {
  std::vector<std::vector<std::size_t>> units(plan.stages.size());
  const auto& routed = pipeline_.routes().units;
  for (std::size_t unit = routed.size(); unit-- > 0;) units[routed[unit].stage].push_back(unit);
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (int replica = 0; replica < plan.stages[s].replicas; ++replica)
      workers_.push_back({.stage = s, .replica = replica, .units = units[s]});
}

void Crew::start(const Plan& plan, const BackendFactory& factory, bool pin) {
  const std::vector<int> cores = usable_cores();
  const bool enough = cores.size() >= workers_.size();
  busy_workers_ = workers_.size();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = workers_[i];
    const Stage& stage = plan.stages[worker.stage];
    const int core = pin && enough ? cores[i] : -1;
    worker.thread = std::jthread([this, &worker, &stage, &factory, core] {
      if (core >= 0) pin_this_thread(core);
      work(worker, stage, factory);
    });
  }
}

bool Crew::begin(const Shift& shift) {
  const std::lock_guard lock(mutex_);
  if (halted_) return false;
  shift_ = shift;
  ++shift_number_;
  busy_workers_ = workers_.size();
  changed_.notify_all();
  return true;
}

std::vector<Crew::Times> Crew::end() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return busy_workers_ == 0; });
  std::vector<Times> times;
  for (const Worker& worker : workers_) times.push_back(worker.times);
  return times;
}

void Crew::rethrow() {
  const std::lock_guard lock(mutex_);
  if (first_error_) std::rethrow_exception(first_error_);
}

void Crew::halt() {
  {
    const std::lock_guard lock(mutex_);
    halted_ = true;
  }
  changed_.notify_all();
  pipeline_.halt();
}

void Crew::report_done(Worker& worker, std::exception_ptr trouble) {
  if (trouble) pipeline_.halt();
  const std::lock_guard lock(mutex_);
  worker.trouble = trouble;
  if (trouble && !first_error_) first_error_ = trouble;
  --busy_workers_;
  changed_.notify_all();
}

bool Crew::next_shift(std::uint64_t& number, Shift& shift) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return halted_ || shift_number_ != number; });
  if (halted_ && shift_number_ == number) return false;
  number = shift_number_;
  shift = shift_;
  return true;
}

void Crew::work(Worker& worker, const Stage& stage, const BackendFactory& factory) {
  // `stage` and `factory` live for the constructor only; they are not used after the first report.
  // oneDNN fixes the number of threads when a kernel is made, by the maker's OpenMP setting.
  omp_set_num_threads(1);
  Engines engines;
  std::exception_ptr trouble;
  try {
    engines = prepare(worker, stage.mode, factory);
  } catch (...) {
    trouble = std::current_exception();
  }
  report_done(worker, trouble);
  std::uint64_t number = 0;
  Shift shift;
  while (next_shift(number, shift)) {
    try {
      work_shift(worker, engines, shift);
    } catch (...) {
      trouble = std::current_exception();
    }
    report_done(worker, trouble);
  }
}

Crew::Engines Crew::prepare(const Worker& worker, ModeId mode, const BackendFactory& factory) const {
  Engines engines;
  for (const std::size_t unit : worker.units) {
    const StageSpec& spec = pipeline_.routes().units[unit].spec;
    engines.push_back(factory(mode));
    require_supported(*engines.back(), spec, network_);
    engines.back()->prepare(spec);
  }
  return engines;
}

void Crew::work_shift(Worker& worker, const Engines& engines, const Shift& shift) {
  const auto& units = pipeline_.routes().units;
  const std::uint64_t deepest = worker.units.empty() ? 0 : units[worker.units.front()].depth;
  const auto replica = static_cast<std::uint64_t>(worker.replica);
  Times times{.report = {.stage = worker.stage, .replica = worker.replica}, .finished = shift.start};
  bool halted = false;
  for (std::uint64_t beat = shift.first; beat < shift.last + pipeline_.lag() * deepest && !halted; ++beat) {
    for (std::size_t i = 0; i < worker.units.size() && !halted; ++i) {
      const std::size_t unit = worker.units[i];
      const std::uint64_t behind = pipeline_.lag() * units[unit].depth;
      if (beat < shift.first + behind || beat - behind >= shift.last) continue;
      const std::uint64_t batch = beat - behind;
      if (batch % pipeline_.replicas(unit) != replica) continue;
      halted = !pass(unit, *engines[i], shift, batch, times);
      if (!halted && i == 0) ++times.report.batches;
    }
  }
  const std::lock_guard lock(mutex_);
  worker.times = times;
}

/// One batch through one unit. False when halted.
bool Crew::pass(std::size_t index, Backend& backend, const Shift& shift, std::uint64_t batch, Times& times) {
  const RoutedUnit& unit = pipeline_.routes().units[index];
  const auto lap = [&](const char* what) {
    const Clock::time_point now = Clock::now();
    const Clock::time_point before = std::exchange(times.finished, now);
    if (shift.trace)
      times.events.push_back({unit.stage, times.report.replica, what, static_cast<std::size_t>(batch - shift.first),
                              seconds(before - shift.start), seconds(now - shift.start)});
    return seconds(now - before);
  };
  const bool ready = wait_for_arrival(unit, shift, batch) && pipeline_.wait_for(unit.producers, batch);
  times.report.idle_s += lap("wait for input");
  if (!ready) return false;
  const bool room = pipeline_.wait_for_room(index, batch);
  times.report.blocked_s += lap("wait for room");
  if (!room) return false;
  compute(backend, unit, index, shift, batch);
  times.report.busy_s += lap("compute");
  return true;
}

/// Units that read inputs of the network begin when the batch comes. False when halted.
bool Crew::wait_for_arrival(const RoutedUnit& unit, const Shift& shift, std::uint64_t batch) {
  const bool reads =
      std::any_of(unit.inputs.begin(), unit.inputs.end(), [](const Source& source) { return !source.unit; });
  if (!reads || shift.arrivals_s.empty()) return true;
  const auto after = std::chrono::duration<double>(shift.arrivals_s[static_cast<std::size_t>(batch - shift.first)]);
  const Clock::time_point arrival = shift.start + std::chrono::duration_cast<Clock::duration>(after);
  std::unique_lock lock(mutex_);
  return !changed_.wait_until(lock, arrival, [&] { return halted_; });
}

void Crew::compute(Backend& backend, const RoutedUnit& unit, std::size_t index, const Shift& shift,
                   std::uint64_t batch) {
  std::vector<const Tensor*> inputs;
  for (const Source& source : unit.inputs)
    inputs.push_back(source.unit ? &pipeline_.outputs(*source.unit, batch)[source.index]
                                 : &shift.input(batch, source.index));
  std::vector<Tensor*> outputs;
  for (Tensor& tensor : pipeline_.outputs(index, batch)) outputs.push_back(&tensor);
  backend.run(inputs, outputs);
  pipeline_.release(unit.producers, batch);
  pipeline_.publish(index, batch);
}

}  // namespace cleave
