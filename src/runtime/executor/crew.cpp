#include "runtime/executor/crew.hpp"

#include "base/large_pages.hpp"
#include "runtime/executor/core_pinning.hpp"

#include <cleave/error.hpp>

#include <omp.h>

#include <algorithm>
#include <new>
#include <utility>

namespace cleave {

namespace {

std::string what_of(const std::exception_ptr& trouble) {
  try {
    std::rethrow_exception(trouble);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an error without a text";
  }
}

/// What is wrong with the inputs, or with the memory of this machine, is no fault of the device: it would be so on any
/// other.
bool is_of_the_device(const std::exception_ptr& trouble) {
  try {
    std::rethrow_exception(trouble);
  } catch (const InputError&) {
    return false;
  } catch (const std::bad_alloc&) {
    return false;
  } catch (...) {
    return true;
  }
}

/// What `work` threw.
std::exception_ptr trouble_of(const std::function<void()>& work) {
  try {
    work();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

}  // namespace

Crew::Crew(Pipeline& pipeline, const Plan& plan, const BackendFactory& factory, const RunOptions& options,
           const std::string& network)
    : pipeline_(pipeline), timetable_(options.pace) {
  hire(plan, options);
  // What was read and searched before, and then what was packed, leaves gaps; a run holds on to what it needs.
  give_back_freed();
  try {
    start(plan, factory, options.pin, network);
    end();
    rethrow();
    agree();
    end();
    rethrow();
    give_back_freed();
  } catch (...) {
    halt();
    throw;
  }
}

Crew::~Crew() { halt(); }

void Crew::hire(const Plan& plan, const RunOptions& options) {
  std::vector<std::vector<std::size_t>> units(plan.stages.size());
  const auto& routed = pipeline_.routes().units;
  for (std::size_t unit = routed.size(); unit-- > 0;) units[routed[unit].stage].push_back(unit);
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (int replica = 0; replica < plan.stages[s].replicas; ++replica)
      workers_.emplace_back(pipeline_, sleeper_, timetable_, options, s, replica, units[s]);
}

void Crew::start(const Plan& plan, const BackendFactory& factory, bool pin, const std::string& network) {
  const std::vector<int> cores = usable_cores();
  const bool own_core = pin && cores.size() >= workers_.size();
  busy_workers_ = workers_.size();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = workers_[i];
    const int core = own_core ? cores[i] : -1;
    const ModeId mode = plan.stages[worker.report().stage].mode;
    threads_.emplace_back([this, &worker, mode, &factory, core, &network] {
      if (core >= 0) pin_this_thread(core);
      // `factory` and `network` live for the constructor only; they are not used after the first report.
      live(
          worker, [&] { worker.equip(mode, factory, network); }, core >= 0 ? Patience::watches : Patience::looks);
    });
  }
}

void Crew::agree() {
  pipeline_.agree_on_layouts([this](std::size_t unit, ValueId value) {
    return std::ranges::all_of(workers_,
                               [&](const Worker& worker) { return worker.prefers_channels_last(unit, value); });
  });
  const std::lock_guard lock(mutex_);
  agreed_ = true;
  busy_workers_ = workers_.size();
  changed_.notify_all();
}

bool Crew::wait_for_agreement() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return halted_ || agreed_; });
  return agreed_;
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

void Crew::end() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return busy_workers_ == 0; });
}

void Crew::rethrow() {
  const std::lock_guard lock(mutex_);
  if (first_error_) std::rethrow_exception(first_error_);
}

std::vector<Failure> Crew::failures() {
  const std::lock_guard lock(mutex_);
  return failures_;
}

void Crew::halt() {
  {
    const std::lock_guard lock(mutex_);
    halted_ = true;
  }
  changed_.notify_all();
  sleeper_.stop();
  pipeline_.halt();
}

void Crew::report_done(const Worker& worker, const std::exception_ptr& trouble, bool preparing) {
  if (trouble) {
    sleeper_.stop();
    pipeline_.halt();
  }
  const std::lock_guard lock(mutex_);
  if (trouble) {
    const bool of_the_device = !preparing && is_of_the_device(trouble);
    // Devices that are lost at the same time as the first; what else went wrong first ends the run.
    if (of_the_device && (!first_error_ || !failures_.empty())) failures_.push_back(worker.failure(what_of(trouble)));
    if (!first_error_) first_error_ = trouble;
  }
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

void Crew::live(Worker& worker, const std::function<void()>& equip, Patience patience) {
  // oneDNN fixes the number of threads when a kernel is made, by the maker's OpenMP setting.
  omp_set_num_threads(1);
  report_done(worker, trouble_of(equip), true);
  if (!wait_for_agreement()) return;
  report_done(worker, trouble_of([&] { worker.prepare(patience); }), true);
  std::uint64_t number = 0;
  Shift shift;
  while (next_shift(number, shift)) report_done(worker, trouble_of([&] { worker.work(shift); }));
}

}  // namespace cleave
