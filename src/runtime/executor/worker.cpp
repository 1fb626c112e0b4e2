#include "runtime/executor/worker.hpp"

#include "runtime/supported.hpp"
#include "runtime/thread_clock.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cleave {

namespace {

bool reads_inputs(const RoutedUnit& unit) {
  return std::any_of(unit.inputs.begin(), unit.inputs.end(), [](const Source& source) { return !source.unit; });
}

}  // namespace

Worker::Worker(Pipeline& pipeline, Sleeper& sleeper, Timetable& timetable, const RunOptions& options, std::size_t stage,
               int replica, std::vector<std::size_t> units)
    : pipeline_(pipeline), sleeper_(sleeper), options_(options), units_(std::move(units)) {
  report_.stage = stage;
  report_.replica = replica;
  if (options.pace.empty()) return;
  if (options.pace[stage].passes.size() != units_.size())
    throw UsageError(fmt::format("the pace of stage {} has {} passes, its plan {}", stage,
                                 options.pace[stage].passes.size(), units_.size()));
  in_turn_ = pipeline.order().beside && options.pace[stage].overlap;
  clock_.emplace(options.pace[stage], &timetable, units_.size() * (pipeline.order().ahead() + 1));
}

void Worker::equip(ModeId mode, const BackendFactory& factory, const std::string& network) {
  for (const std::size_t index : units_) {
    Engine engine{.backend = factory(mode), .inputs = {}, .outputs = {}};
    require_supported(*engine.backend, pipeline_.routes().units[index].spec, network);
    engines_.push_back(std::move(engine));
  }
}

bool Worker::prefers_channels_last(std::size_t unit, ValueId value) const {
  for (std::size_t place = 0; place < units_.size(); ++place)
    if (units_[place] == unit && !engines_[place].backend->prefers_channels_last(pipeline_.graph(), value))
      return false;
  return true;
}

void Worker::prepare(Patience patience) {
  patience_ = patience;
  if (clock_) sleep_exactly();
  for (std::size_t place = 0; place < units_.size(); ++place) {
    if (options_.stop.stop_requested()) return;  // then no shift begins, either
    const StageSpec& spec = pipeline_.routes().units[units_[place]].spec;
    Engine& engine = engines_[place];
    engine.backend->prepare(spec);
    engine.inputs.resize(spec.inputs.size());
    engine.outputs.resize(spec.outputs.size());
  }
  report_.held_bytes = held_bytes();
}

void Worker::work(const Shift& shift) {
  shift_ = shift;
  lap_start_ = shift.start;
  report_ = {.stage = report_.stage, .replica = report_.replica, .held_bytes = report_.held_bytes};
  events_.clear();
  if (shift.trace) events_.reserve(3 * units_.size() * std::min(shift.number(shift.last), kForeseenBatches));
  if (clock_) clock_->reset();
  Turns turns(pipeline_, units_, report_.replica, shift.first, shift.last);
  if (in_turn_) arriving_ = arrivals_.emplace(turns).next();
  for (at_ = turns.next(); at_;) {
    const std::optional<Turn> following = turns.next();
    if (!pass(*at_, in_turn_ ? std::nullopt : following)) break;
    if (at_->place == 0) ++report_.batches;
    at_ = following;
  }
  if (!clock_) return;
  report_.busy_s = clock_->busy_s();
  report_.blocked_s = clock_->blocked_s();
}

std::optional<std::size_t> Worker::held_bytes() const {
  std::size_t bytes = 0;
  for (std::size_t place = 0; place < units_.size(); ++place) {
    const auto engine = engines_[place].backend->held_bytes();
    if (!engine) return std::nullopt;
    bytes += *engine + pipeline_.held_bytes(units_[place]);
  }
  return bytes;
}

Failure Worker::failure(const std::string& what) const {
  Failure failure{.stage = report_.stage, .replica = report_.replica, .what = what};
  if (!shift_.counts) return failure;
  if (at_) failure.batch = shift_.number(at_->batch);
  failure.at_s = seconds(Clock::now() - shift_.start);
  return failure;
}

/// One batch through one unit. False when halted.
bool Worker::pass(const Turn& turn, const std::optional<Turn>& following) {
  const bool ready = take_inputs(turn);
  lap(turn, "wait for input");
  if (!ready) return false;
  const bool room = pipeline_.wait_for_room(units_[turn.place], turn.batch, patience_);
  report_.blocked_s += lap(turn, "wait for room");
  if (!room) return false;
  compute(turn);
  if (clock_) return take_time(turn, following, *ready_at(unit(turn), turn.batch));
  pipeline_.release(unit(turn).producers, turn.batch);
  pipeline_.publish(units_[turn.place], turn.batch);
  report_.busy_s += lap(turn, "compute");
  return true;
}

/// Waits for what `turn` reads. In turn, also for what comes to the port before it sends the results of `turn`, which
/// is on its way then. False when halted.
bool Worker::take_inputs(const Turn& turn) {
  if (!in_turn_) return wait_for_input(unit(turn), turn.batch);
  for (; arriving_ && arriving_->beat <= turn.beat + pipeline_.order().ahead(); arriving_ = arrivals_->next()) {
    const RoutedUnit& reader = unit(*arriving_);
    if (!wait_for_input(reader, arriving_->batch)) return false;
    clock_->receive_in_turn(pass_of(*arriving_), *ready_at(reader, arriving_->batch));
  }
  return true;
}

/// Units that read inputs of the network begin when the batch comes. False when halted.
bool Worker::wait_for_input(const RoutedUnit& unit, std::uint64_t batch) {
  const auto comes = arrival(unit, batch);
  if (comes && !sleeper_.until(*comes)) return false;
  return pipeline_.wait_for(unit.producers, batch, patience_);
}

std::optional<Clock::time_point> Worker::arrival(const RoutedUnit& unit, std::uint64_t batch) const {
  if (shift_.arrivals_s.empty() || !reads_inputs(unit)) return std::nullopt;
  return options_.arrivals_since.value_or(shift_.start) + ticks(shift_.arrivals_s[shift_.number(batch)]);
}

void Worker::compute(const Turn& turn) {
  if (shift_.counts && options_.before_compute)
    options_.before_compute(report_.stage, report_.replica, shift_.number(turn.batch));
  Engine& engine = engines_[turn.place];
  for (std::size_t i = 0; i < engine.inputs.size(); ++i) {
    const Source& source = unit(turn).inputs[i];
    engine.inputs[i] = source.unit ? &pipeline_.outputs(*source.unit, turn.batch)[source.index]
                                   : &shift_.input(turn.batch, source.index);
  }
  std::vector<Tensor>& results = pipeline_.outputs(units_[turn.place], turn.batch);
  for (std::size_t i = 0; i < engine.outputs.size(); ++i) engine.outputs[i] = &results[i];
  const double cpu_start_s = thread_cpu_s();
  const Clock::time_point start = Clock::now();
  engine.backend->run(engine.inputs, engine.outputs);
  report_.engine_s += seconds(Clock::now() - start);
  report_.cpu_s += thread_cpu_s() - cpu_start_s;
}

/// The rest of a pass on a paced device. False when halted.
bool Worker::take_time(const Turn& turn, const std::optional<Turn>& following, Clock::time_point ready) {
  const std::size_t index = units_[turn.place];
  clock_->start_receiving(pass_of(turn), ready);
  if (!book_until(Clock::time_point::max())) return false;
  clock_->begin(pass_of(turn), ready, pipeline_.room_at(index, turn.batch));
  if (clock_->computed(Clock::now())) ++report_.late;
  receive_ahead(following);
  if (!book_until(clock_->compute().end) || !sleeper_.until(clock_->compute().end)) return false;
  receive_ahead(following);
  pipeline_.release(unit(turn).producers, turn.batch, clock_->compute().end);
  if (!clock_->sends_beside_receiving() && !book_until(Clock::time_point::max())) return false;
  note(turn, "receive", clock_->receive());
  note(turn, "compute", clock_->compute());
  const Interval sent = clock_->send(pass_of(turn));
  note(turn, "send", sent);
  pipeline_.publish(index, turn.batch, sent.end);
  lap_start_ = Clock::now();
  return true;
}

/// Books the shared links on the way of what is received, each when its time comes. False when halted.
bool Worker::book_until(Clock::time_point end) {
  for (auto next = clock_->next_booking(); next && *next < end; next = clock_->next_booking()) {
    if (!sleeper_.until(*next)) return false;
    clock_->go_on_receiving(*next);
  }
  return true;
}

/// Where the next inputs are there.
void Worker::receive_ahead(const std::optional<Turn>& following) {
  if (!following) return;
  if (const auto ready = ready_at(unit(*following), following->batch))
    clock_->receive_ahead(pass_of(*following), *ready);
}

/// When a paced device may begin to receive the inputs; none where that is not known yet.
std::optional<Clock::time_point> Worker::ready_at(const RoutedUnit& unit, std::uint64_t batch) {
  const auto sent = pipeline_.sent_at(unit.producers, batch);
  if (!sent) return std::nullopt;
  return std::max({*sent, shift_.start, arrival(unit, batch).value_or(shift_.start)});
}

void Worker::note(const Turn& turn, const char* what, const Interval& time) {
  if (shift_.trace && time.end > time.start)
    events_.push_back({report_.stage, report_.replica, what, shift_.number(turn.batch),
                       seconds(time.start - shift_.start), seconds(time.end - shift_.start)});
}

/// Seconds since the last lap.
double Worker::lap(const Turn& turn, const char* what) {
  const Clock::time_point now = Clock::now();
  const Clock::time_point before = std::exchange(lap_start_, now);
  if (!clock_ && shift_.trace)
    events_.push_back({report_.stage, report_.replica, what, shift_.number(turn.batch), seconds(before - shift_.start),
                       seconds(now - shift_.start)});
  return seconds(now - before);
}

}  // namespace cleave
