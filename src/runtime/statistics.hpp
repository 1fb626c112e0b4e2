#pragma once
/// What a number of samples may say.

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

/// Of the time between events, from the means of ten groups in order, which hide that neighbours depend on each other
/// (Student's t with 9 degrees of freedom). None for fewer than 40 events.
[[nodiscard]] std::optional<Interval95> mean_interval(std::span<const double> event_s);

}  // namespace cleave
