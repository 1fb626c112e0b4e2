#pragma once
/// How far the sweep of a design space is, said as often as the reader can use it.

#include "cli/session.hpp"
#include "space/search_space.hpp"

#include <chrono>

namespace cleave::cli {

/// On a terminal a bar that overwrites itself, five times a second; elsewhere a line every 10 s; with
/// `session.progress_json` a JSON object a line, twice a second and at the end. Nothing with -q, except JSON.
class SweepProgress {
 public:
  explicit SweepProgress(const Session& session) : session_(session) {}

  void show(const SpaceProgress& progress);
  /// Wipes the bar.
  void end();

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] double elapsed_s() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  /// As if the points to come took as long as those done.
  [[nodiscard]] double left_s(const SpaceProgress& progress) const;
  void write_json(const SpaceProgress& progress) const;

  const Session& session_;
  Clock::time_point start_ = Clock::now();
  double said_s_ = 0;  ///< since the start
};

}  // namespace cleave::cli
