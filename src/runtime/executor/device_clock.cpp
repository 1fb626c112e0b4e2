#include "runtime/executor/device_clock.hpp"

#include <algorithm>

namespace cleave {

std::size_t DeviceClock::part(Part wanted) const {
  if (!pace_.overlap) return input;
  return wanted == output && !pace_.full_duplex ? input : wanted;
}

Interval DeviceClock::occupy(Part wanted, Clock::time_point ready, double duration_s) {
  Clock::time_point& free = free_[part(wanted)];
  const Clock::time_point start = std::max(free, ready);
  free = start + ticks(duration_s);
  occupied_s_[part(wanted)] += duration_s;
  return {start, free};
}

void DeviceClock::start_receiving(std::size_t pass, Clock::time_point ready) {
  if (!receiving_.empty()) return;
  if (pace_.passes[pass].receive.empty()) return receive_in_turn(pass, ready);
  const Clock::time_point start = std::max(free_[part(input)], ready);
  receiving_.push_back({.legs = pace_.passes[pass].receive, .time = {start, start}});
  go_on_receiving(Clock::time_point::min());
}

void DeviceClock::receive_in_turn(std::size_t pass, Clock::time_point ready) {
  receiving_.push_back({.legs = {}, .time = occupy(input, ready, pace_.passes[pass].receive_s)});
}

void DeviceClock::go_on_receiving(Clock::time_point now) {
  Clock::time_point& at = receiving_.front().time.end;
  for (std::span<const TransferLeg>& legs = receiving_.front().legs; !legs.empty();) {
    const TransferLeg& leg = legs.front();
    if (leg.shared() && at > now) return;
    at = timetable_ && leg.shared() ? timetable_->book(leg, at).end : at + ticks(leg.seconds);
    occupied_s_[part(input)] += leg.seconds;
    legs = legs.subspan(1);
    if (legs.empty()) free_[part(input)] = at;
  }
}

std::optional<Clock::time_point> DeviceClock::next_booking() const {
  if (receiving_.empty() || receiving_.front().legs.empty()) return std::nullopt;
  return receiving_.front().time.end;
}

void DeviceClock::begin(std::size_t pass, Clock::time_point ready, Clock::time_point room) {
  const PassTimes& times = pace_.passes[pass];
  start_receiving(pass, ready);
  go_on_receiving(Clock::time_point::max());
  receive_ = receiving_.front().time;
  receiving_.erase(receiving_.begin());
  const Clock::time_point could = std::max(receive_.end, free_[part(unit)]);
  blocked_s_ += std::max(0.0, seconds(room - could));
  compute_ = occupy(unit, std::max(receive_.end, room), times.compute_s);
}

bool DeviceClock::computed(Clock::time_point now) {
  if (now <= compute_.end) return false;
  if (now - kAllowance > compute_.end) {
    occupied_s_[part(unit)] += seconds(now - kAllowance - compute_.end);
    compute_.end = free_[part(unit)] = now - kAllowance;
  }
  return true;
}

void DeviceClock::receive_ahead(std::size_t next, Clock::time_point ready) {
  if (!pace_.overlap) return;
  const Clock::time_point port = free_[part(output)];
  if (pace_.full_duplex || std::max(port, ready) <= std::max(port, compute_.end)) start_receiving(next, ready);
}

Interval DeviceClock::send(std::size_t pass) {
  if (!receiving_.empty() && !pace_.full_duplex)
    go_on_receiving(Clock::time_point::max());  // the port is taken until then
  Interval sent = occupy(output, compute_.end, pace_.passes[pass].send_s);
  if (pace_.passes[pass].send.empty()) return sent;
  sent.end = sent.start;
  for (const TransferLeg& leg : pace_.passes[pass].send)
    sent.end = timetable_ && leg.shared() ? timetable_->book(leg, sent.end).end : sent.end + ticks(leg.seconds);
  free_[part(output)] = sent.end;
  return sent;
}

double DeviceClock::busy_s() const { return *std::max_element(occupied_s_.begin(), occupied_s_.end()); }

void DeviceClock::reset() {
  occupied_s_ = {};
  blocked_s_ = 0;
}

}  // namespace cleave
