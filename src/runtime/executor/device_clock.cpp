#include "runtime/executor/device_clock.hpp"

#include <algorithm>
#include <utility>

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

void DeviceClock::begin(std::size_t pass, Clock::time_point ready, Clock::time_point room) {
  const PassTimes& times = pace_.passes[pass];
  const auto ahead = std::exchange(received_ahead_, std::nullopt);
  receive_ = ahead ? *ahead : occupy(input, ready, times.receive_s);
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

Interval DeviceClock::send(std::size_t pass, std::size_t next, std::optional<Clock::time_point> ready) {
  const Clock::time_point port = free_[part(output)];
  const bool one_at_a_time = pace_.overlap && !pace_.full_duplex;
  if (one_at_a_time && ready && std::max(port, *ready) <= std::max(port, compute_.end))
    received_ahead_ = occupy(input, *ready, pace_.passes[next].receive_s);
  return occupy(output, compute_.end, pace_.passes[pass].send_s);
}

double DeviceClock::busy_s() const { return *std::max_element(occupied_s_.begin(), occupied_s_.end()); }

void DeviceClock::reset() {
  occupied_s_ = {};
  blocked_s_ = 0;
}

}  // namespace cleave
