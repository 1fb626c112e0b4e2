#pragma once
/// What a core works for one thread.

#include <ctime>

namespace cleave {

/// Processor seconds of this thread; unlike wall time they stand while others have the core.
inline double thread_cpu_s() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace cleave
