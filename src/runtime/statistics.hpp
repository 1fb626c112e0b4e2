#pragma once
/// What a number of samples may say.

#include <cleave/plan.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace cleave {

/// So many samples a percentile needs: with fewer, all of them may lie below it more often than once in 775 times (10
/// for the median, 64 for 90, 662 for 99). `percent` lies between 0 and 100.
[[nodiscard]] std::size_t samples_for(double percent);

/// The least sample that `percent` of all do not exceed; none where there are too few.
[[nodiscard]] std::optional<double> percentile(std::vector<double> samples, double percent);

/// A mean with its 95 % confidence interval.
struct Interval95 {
  double mean = 0;
  double low = 0;
  double high = 0;
};

/// Batches until the replicas of all stages have their turn together again. What they make in one turn comes in bursts,
/// so that times between results mean something over whole turns only.
[[nodiscard]] std::size_t whole_turn(const Plan& plan);

/// Mean time between results of a full pipeline, over whole turns: the first results, one per worker, are left out
/// where there are four times as many. Where the results are too few for a whole turn, but enough for four of the stage
/// with the most replicas, it is over turns of those. None where there are fewer.
[[nodiscard]] std::optional<double> steady_period_s(std::span<const double> result_s, const Plan& plan);

/// Of the time between events, from the means of ten groups in order, which hide that neighbours depend on each other
/// (Student's t with 9 degrees of freedom). Groups are whole turns of `turn` events. None for fewer than 40 events, or
/// ten turns.
[[nodiscard]] std::optional<Interval95> mean_interval(std::span<const double> event_s, std::size_t turn = 1);

}  // namespace cleave
