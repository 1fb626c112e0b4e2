#include "runtime/cim/converter_range.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace cleave::cim {
namespace {

constexpr std::int64_t kBins = 4096;
constexpr int kCandidates = 256;

}  // namespace

SumHistogram::SumHistogram(std::int64_t largest)
    : bin_width_(static_cast<double>(std::max<std::int64_t>(1, (largest + kBins - 1) / kBins))),
      bins_(static_cast<std::size_t>(kBins + 1), 0.0) {}

void SumHistogram::add(std::span<const std::int32_t> sums, double weight) {
  for (const std::int32_t sum : sums) {
    const auto bin = static_cast<std::size_t>(std::abs(static_cast<double>(sum)) / bin_width_);
    bins_[std::min(bin, bins_.size() - 1)] += weight;
  }
}

double SumHistogram::best_range(std::int64_t largest_code, double finest) const {
  std::size_t last = bins_.size();
  while (last > 1 && bins_[last - 1] == 0) --last;
  const double most = static_cast<double>(last) * bin_width_, codes = static_cast<double>(largest_code);
  double best = most, least_error = -1;
  for (int candidate = 1; candidate <= kCandidates; ++candidate) {
    const double range = std::max(most * candidate / kCandidates, finest * codes);
    const double step = range / codes;
    // Whole numbers that are steps themselves are read as they are.
    const double rounding = step > finest ? step * step / 12 : 0;
    double error = 0;
    for (std::size_t bin = 0; bin < last; ++bin) {
      const double beyond = (static_cast<double>(bin) + 0.5) * bin_width_ - range;
      error += bins_[bin] * (beyond > 0 ? beyond * beyond : rounding);
    }
    if (least_error < 0 || error < least_error) {
      least_error = error;
      best = range;
    }
  }
  return best;
}

}  // namespace cleave::cim
