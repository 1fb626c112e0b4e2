#pragma once
/// Where converters should clip, from the partial sums that they will see.

#include <cstdint>
#include <span>
#include <vector>

namespace cleave::cim {

/// Magnitudes of partial sums, each with the weight that an error of it has.
class SumHistogram {
 public:
  explicit SumHistogram(std::int64_t largest);
  void add(std::span<const std::int32_t> sums, double weight);
  /// The range whose codes err least in the mean square, by rounding and by clipping, for a converter of
  /// `largest_code` steps on either side that are never finer than `finest`.
  [[nodiscard]] double best_range(std::int64_t largest_code, double finest) const;
  friend bool operator==(const SumHistogram&, const SumHistogram&) = default;

 private:
  double bin_width_ = 1;
  std::vector<double> bins_;
};

}  // namespace cleave::cim
