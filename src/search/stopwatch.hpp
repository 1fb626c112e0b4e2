#pragma once
/// When a search must end.

#include <cleave/explore.hpp>

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

}  // namespace cleave
