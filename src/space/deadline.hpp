#pragma once
/// A time limit as one more reason to stop.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace cleave {

/// Asks for a stop when `stop` does, or so many seconds after it was made, while it lives.
class Deadline {
 public:
  Deadline(double seconds, const std::stop_token& stop) : passes_on_(stop, [this] { source_.request_stop(); }) {
    if (std::isfinite(seconds))
      timer_ = std::jthread([this, seconds](const std::stop_token& over) { wait(seconds, over); });
  }
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  void wait(double seconds, const std::stop_token& over) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    constexpr double most_s = 1e9;  // some thirty years: a clock's numbers end at ten times that
    never.wait_for(lock, over, std::chrono::duration<double>(std::min(seconds, most_s)), [] { return false; });
    if (!over.stop_requested()) source_.request_stop();
  }

  std::stop_source source_;
  std::stop_callback<std::function<void()>> passes_on_;
  std::jthread timer_;  ///< last: it ends first
};

}  // namespace cleave
