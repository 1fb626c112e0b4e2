#pragma once
/// Waiting for a point in time.

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace cleave {

using Clock = std::chrono::steady_clock;
[[nodiscard]] inline double seconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}
[[nodiscard]] inline Clock::duration ticks(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

/// Lets threads sleep until a time, or until someone stops them all.
class Sleeper {
 public:
  /// Sleeps, and looks at the clock for the last microseconds, which a sleeper tends to miss. False when stopped.
  bool until(Clock::time_point time);
  void stop();

 private:
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
};

/// Lets the sleeps of this thread end as exactly as the system can: Linux adds 50 microseconds else, to save power.
void sleep_exactly();

}  // namespace cleave
