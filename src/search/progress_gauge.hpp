#pragma once
/// What a search that is under way has found, and how good that is.

#include "search/pool.hpp"

#include <cleave/explore.hpp>

#include <mutex>
#include <vector>

namespace cleave {

/// Tells `on_progress` the phase and its fraction at once; points and gap are measured now and then, so that they take
/// no more than some hundredths of the time. Safe from any thread.
class ProgressGauge {
 public:
  ProgressGauge(const Problem& problem, const Pool& pool, const std::function<void(const Progress&)>& on_progress)
      : problem_(problem), pool_(pool), on_progress_(on_progress) {}

  void report(const char* phase, double fraction, double elapsed_s);

 private:
  /// A bound of the energy (J per batch) of all plans, linear in the period.
  struct Line {
    double at_s = 0;
    double energy_j = 0;
    double slope_w = 0;
  };
  void measure();
  void tune(const std::vector<PlanFigures>& known);
  [[nodiscard]] double gap_of(const PlanFigures& plan) const;

  const Problem& problem_;
  const Pool& pool_;
  const std::function<void(const Progress&)>& on_progress_;
  std::mutex mutex_;
  double next_s_ = 1;    ///< not before: short searches need no gap
  double tuned_s_ = -1;  ///< when the bound was computed; below 0: never
  double least_s_ = -1;  ///< bound of the period, where nothing takes energy
  std::vector<Line> lines_;
  Progress latest_;
};

}  // namespace cleave
