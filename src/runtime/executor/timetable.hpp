#pragma once
/// When the links that paced devices share are taken.
///
/// Who comes first is served first, as in `simulate`: links are booked when the time of a transfer has come. Some
/// bookings come later or a little earlier, as each worker keeps its device's time by itself: one that computes may not
/// know yet that its next inputs are there. They take the first time at which the link is free, which may lie before
/// what others booked, and move nobody.

#include "runtime/executor/sleeper.hpp"

#include <cleave/runtime.hpp>

#include <cstddef>
#include <mutex>
#include <vector>

namespace cleave {

struct Interval {
  Clock::time_point start = {};
  Clock::time_point end = {};
};

/// For all threads.
class Timetable {
 public:
  /// Of the shared links that `paces` name.
  explicit Timetable(const std::vector<DevicePace>& paces);
  /// The first time from `ready` on at which `leg` finds its link free. Precondition: it is of a shared link.
  Interval book(const TransferLeg& leg, Clock::time_point ready);

 private:
  /// One direction of a link: when it is taken, in order. What touches is one. The oldest are forgotten, and nobody
  /// gets the time before their end.
  class Line {
   public:
    Line() { taken_.reserve(kMost); }
    [[nodiscard]] Clock::time_point free_from(Clock::time_point ready, Clock::duration time) const;
    void take(const Interval& interval);

   private:
    static constexpr std::size_t kMost = 4096;
    std::vector<Interval> taken_;
    Clock::time_point forgotten_ = {};
  };
  struct Link {
    Line in, out;
  };
  std::mutex mutex_;
  std::vector<Link> links_;
};

}  // namespace cleave
