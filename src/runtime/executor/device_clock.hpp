#pragma once
/// The time that a paced device takes.
///
/// Each worker keeps the timeline of its device: when the parts of it (input, compute unit, output) are free, as
/// `simulate` does, with real times as they come. A pass is booked on it when its inputs are there, and results carry
/// the time at which the device would have sent them: whoever reads them books from there on. So transfers pass beside
/// computing though each worker is one thread, and sleeping too long adds nothing up, as a timeline does not count it.

#include "runtime/executor/sleeper.hpp"

#include <cleave/runtime.hpp>

#include <array>
#include <optional>

namespace cleave {

struct Interval {
  Clock::time_point start = {};
  Clock::time_point end = {};
};

class DeviceClock {
 public:
  /// A machine may be busy with other things for that long without the device's timeline being moved.
  static constexpr std::chrono::milliseconds kAllowance{20};

  explicit DeviceClock(const DevicePace& pace) : pace_(pace) {}

  /// Books receiving and computing: inputs were sent at `ready`, results have room from `room` on.
  void begin(std::size_t pass, Clock::time_point ready, Clock::time_point room);
  [[nodiscard]] const Interval& receive() const { return receive_; }
  [[nodiscard]] const Interval& compute() const { return compute_; }
  /// Computing was over at `now`. Moves the timeline where that is later than booked by more than the allowance.
  /// True if it is later at all.
  bool computed(Clock::time_point now);
  /// A port that does one thing at a time receives the next batch before it sends this one, where that is there first:
  /// the rule of `simulate`. `ready`: when the inputs of the next pass `next` were sent; none: they are not there yet.
  Interval send(std::size_t pass, std::size_t next, std::optional<Clock::time_point> ready);

  /// How long the part that is occupied most was so, since `reset`.
  [[nodiscard]] double busy_s() const;
  /// How long the compute unit had inputs and no room for results.
  [[nodiscard]] double blocked_s() const { return blocked_s_; }
  void reset();

 private:
  enum Part { input, unit, output };
  [[nodiscard]] std::size_t part(Part wanted) const;
  Interval occupy(Part wanted, Clock::time_point ready, double duration_s);

  DevicePace pace_;
  std::array<Clock::time_point, 3> free_ = {};
  std::array<double, 3> occupied_s_ = {};
  double blocked_s_ = 0;
  std::optional<Interval> received_ahead_ = {};
  Interval receive_ = {};
  Interval compute_ = {};
};

}  // namespace cleave
