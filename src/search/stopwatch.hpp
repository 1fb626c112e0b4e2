#pragma once
/// When a search must end, and on how many threads it runs.

#include <cleave/explore.hpp>

#include <tbb/info.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <functional>

namespace cleave {

/// Runs from when it is made.
class Stopwatch {
 public:
  explicit Stopwatch(const ExploreOptions& options) : options_(options), start_(Clock::now()) {}
  [[nodiscard]] double elapsed_s() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  /// Cancelled or out of time; safe from any thread while this lives.
  [[nodiscard]] std::function<bool()> stopped() const {
    const bool limited = options_.time_limit_s < kCannot;  // searches ask often enough for the clock to matter
    return
        [this, limited] { return options_.stop.stop_requested() || (limited && elapsed_s() > options_.time_limit_s); };
  }

 private:
  using Clock = std::chrono::steady_clock;
  const ExploreOptions& options_;
  Clock::time_point start_;
};

/// Runs `work` on the threads that the options allow: asking for more than there are cores is not an error.
template <class Work>
auto in_arena(const ExploreOptions& options, Work&& work) {
  const int cores = tbb::info::default_concurrency();
  tbb::task_arena arena(std::min(options.threads > 0 ? options.threads : cores, cores));
  return arena.execute(std::forward<Work>(work));
}

}  // namespace cleave
