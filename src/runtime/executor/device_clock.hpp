#pragma once
/// The time that a paced device takes.
///
/// Each worker keeps the timeline of its device: when the parts of it (input, compute unit, output) are free, as
/// `simulate` does, with real times as they come. A pass is booked on it when its inputs are there, and results carry
/// the time at which the device would have sent them: whoever reads them books from there on. So transfers pass beside
/// computing though each worker is one thread, and sleeping too long adds nothing up, as a timeline does not count it.

#include "runtime/executor/timetable.hpp"

#include <cleave/runtime.hpp>

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace cleave {

class DeviceClock {
 public:
  /// A machine may be busy with other things for that long without the device's timeline being moved.
  static constexpr std::chrono::milliseconds kAllowance{20};

  /// `timetable` is of the shared links that it passes, and outlives the clock; without one it has them to itself.
  /// `ahead` passes at most are received before they are computed.
  explicit DeviceClock(const DevicePace& pace, Timetable* timetable = nullptr, std::size_t ahead = 1)
      : pace_(pace), timetable_(timetable) {
    receiving_.reserve(ahead);
  }

  /// Begins to receive for `pass`, unless it has been received or is being so: its inputs were sent at `ready`. Each
  /// shared link on the way is booked when its time has come, so that bookings come in the order of time.
  void start_receiving(std::size_t pass, Clock::time_point ready);
  /// Receives for `pass` in turn, after all that was received: its inputs were sent at `ready`. Of passes that have no
  /// shared link on the way.
  void receive_in_turn(std::size_t pass, Clock::time_point ready);
  /// When the next one is to be booked; none: receiving is booked to its end, or has not begun.
  [[nodiscard]] std::optional<Clock::time_point> next_booking() const;
  /// Books what is to be booked until `now`.
  void go_on_receiving(Clock::time_point now);

  /// Books the rest of receiving, and computing: inputs were sent at `ready`, results have room from `room` on.
  void begin(std::size_t pass, Clock::time_point ready, Clock::time_point room);
  [[nodiscard]] const Interval& receive() const { return receive_; }
  [[nodiscard]] const Interval& compute() const { return compute_; }
  /// Computing was over at `now`. Moves the timeline where that is later than booked by more than the allowance.
  /// True if it is later at all.
  bool computed(Clock::time_point now);
  /// Begins to receive for the pass `next` before the pass in hand is sent. A port that does one thing at a time does
  /// so where its inputs, sent at `ready`, are there first: the rule of `simulate`.
  void receive_ahead(std::size_t next, Clock::time_point ready);
  /// False where the port does one thing at a time: what it receives ahead comes before what it sends.
  [[nodiscard]] bool sends_beside_receiving() const { return pace_.full_duplex; }
  Interval send(std::size_t pass);

  /// How long the part that is occupied most was so, since `reset`.
  [[nodiscard]] double busy_s() const;
  /// How long the compute unit had inputs and no room for results.
  [[nodiscard]] double blocked_s() const { return blocked_s_; }
  void reset();

 private:
  enum Part { input, unit, output };
  [[nodiscard]] std::size_t part(Part wanted) const;
  struct Receiving {
    std::span<const TransferLeg> legs = {};  ///< that are still to come
    Interval time = {};                      ///< until the next of them
  };
  Interval occupy(Part wanted, Clock::time_point ready, double duration_s);

  DevicePace pace_;
  Timetable* timetable_;
  std::array<Clock::time_point, 3> free_ = {};
  std::array<double, 3> occupied_s_ = {};
  double blocked_s_ = 0;
  std::vector<Receiving> receiving_;  ///< passes that are still to be computed, in this order
  Interval receive_ = {};
  Interval compute_ = {};
};

}  // namespace cleave
