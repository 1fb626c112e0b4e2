#include "runtime/executor/timetable.hpp"

#include <algorithm>

namespace cleave {

Timetable::Timetable(const std::vector<DevicePace>& paces) {
  std::size_t count = 0;
  for (const DevicePace& pace : paces)
    for (const PassTimes& pass : pace.passes)
      for (const auto* legs : {&pass.receive, &pass.send})
        for (const TransferLeg& leg : *legs)
          if (leg.shared()) count = std::max(count, leg.link + 1);
  links_.resize(count);
}

Interval Timetable::book(const TransferLeg& leg, Clock::time_point ready) {
  const std::lock_guard lock(mutex_);
  const Clock::duration time = ticks(leg.seconds);
  Link& link = links_[leg.link];
  for (Clock::time_point before = ready;; before = ready) {
    if (leg.in) ready = link.in.free_from(ready, time);
    if (leg.out) ready = link.out.free_from(ready, time);
    if (ready == before) break;
  }
  const Interval booked{ready, ready + time};
  if (leg.in) link.in.take(booked);
  if (leg.out) link.out.take(booked);
  return booked;
}

Clock::time_point Timetable::Line::free_from(Clock::time_point ready, Clock::duration time) const {
  ready = std::max(ready, forgotten_);
  auto next = std::ranges::upper_bound(taken_, ready, {}, &Interval::end);
  for (; next != taken_.end() && next->start < ready + time; ++next) ready = next->end;
  return ready;
}

void Timetable::Line::take(const Interval& interval) {
  if (interval.end == interval.start) return;
  if (taken_.size() == kMost) {
    const auto half = taken_.begin() + kMost / 2;
    forgotten_ = (half - 1)->end;
    taken_.erase(taken_.begin(), half);
  }
  auto next = std::ranges::upper_bound(taken_, interval.start, {}, &Interval::start);
  const bool after = next != taken_.begin() && (next - 1)->end == interval.start;
  const bool before = next != taken_.end() && next->start == interval.end;
  if (after && before) {
    (next - 1)->end = next->end;
    taken_.erase(next);
  } else if (after) {
    (next - 1)->end = interval.end;
  } else if (before) {
    next->start = interval.start;
  } else {
    taken_.insert(next, interval);
  }
}

}  // namespace cleave
