#include "runtime/executor/sleeper.hpp"

#include <sys/prctl.h>

namespace cleave {

namespace {
/// What a wake-up takes, mostly. More would cost processor time that engines need.
constexpr std::chrono::microseconds kWakeUp{20};
}  // namespace

bool Sleeper::until(Clock::time_point time) {
  {
    std::unique_lock lock(mutex_);
    if (stopped_.wait_until(lock, time - kWakeUp, [&] { return stop_; })) return false;
  }
  while (Clock::now() < time) {
  }
  return true;
}

void Sleeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
}

void sleep_exactly() { prctl(PR_SET_TIMERSLACK, 1UL); }

}  // namespace cleave
