#include "runtime/measure/cache.hpp"

#include "base/large_pages.hpp"
#include "costmodel/calibration/statistics.hpp"
#include "costmodel/weights_cached.hpp"
#include "runtime/measure/machine.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

namespace cleave {
namespace {

/// Of one pass over a block that is read over and over; the median of many, as caches take time to learn what to keep.
double seconds_to_read(std::span<const std::uint64_t> block) {
  using Clock = std::chrono::steady_clock;
  constexpr double least_s = 0.05;
  constexpr std::size_t least = 5;
  std::vector<double> times;
  std::uint64_t sum = 0;
  for (double total_s = 0; total_s < least_s || times.size() < least;) {
    const Clock::time_point start = Clock::now();
    sum += std::accumulate(block.begin(), block.end(), std::uint64_t{0});
    times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    total_s += times.back();
  }
  // The sum is asked for, so that no pass can be left out; all elements are 1.
  times.front() += sum == times.size() * block.size() ? 0 : 1;
  return quantile(times, 0.5);
}

/// A line through what reading takes, over the share that comes from memory where a cache has a given size.
struct Line {
  double at_none = 0, slope = 0;
  double error = std::numeric_limits<double>::infinity();  ///< sum of squares
};

Line line_of(const std::vector<ReadingTime>& times, double cache_bytes) {
  const auto count = static_cast<double>(times.size());
  const auto share = [&](const ReadingTime& one) { return 1 - share_cached(one.bytes, cache_bytes); };
  double mean_x = 0, mean_y = 0, xx = 0, xy = 0;
  for (const ReadingTime& one : times) {
    mean_x += share(one) / count;
    mean_y += one.seconds_per_byte / count;
  }
  for (const ReadingTime& one : times) {
    xx += (share(one) - mean_x) * (share(one) - mean_x);
    xy += (share(one) - mean_x) * (one.seconds_per_byte - mean_y);
  }
  Line line{.at_none = mean_y - xy / xx * mean_x, .slope = xy / xx, .error = 0};
  for (const ReadingTime& one : times) {
    const double off = one.seconds_per_byte - line.at_none - line.slope * share(one);
    line.error += off * off;
  }
  return line;
}

}  // namespace

std::optional<double> cache_bytes_of(const std::vector<ReadingTime>& times) {
  constexpr double noticeable = 0.15, resolution = 1.01;
  if (times.empty()) return {};
  const auto [smallest, largest] = std::ranges::minmax(times, {}, &ReadingTime::bytes);
  Line best;
  std::optional<double> found;
  // Caches that hold all of the smallest block and none of the largest: shares differ.
  for (double bytes = 2 * smallest.bytes; bytes <= largest.bytes; bytes *= resolution) {
    const Line line = line_of(times, bytes);
    if (!(line.error < best.error)) continue;
    best = line;
    found = bytes;
  }
  return best.slope > noticeable * best.at_none ? found : std::nullopt;
}

void CacheMeter::sweep() {
  constexpr double smallest = 4 << 20;  // more than caches of single cores, fewer than shared ones
  constexpr double most = 512 << 20, of_memory = 0.125;
  const double most_bytes = std::min(most, of_memory * memory_bytes());
  const double step = std::cbrt(2.0);
  // How pages happen to lie in the cache matters: each sweep has its own.
  std::vector<std::uint64_t> block;
  block.reserve(static_cast<std::size_t>(most_bytes / sizeof(std::uint64_t)));
  prefer_large_pages(block.data(), block.capacity() * sizeof(std::uint64_t));
  block.resize(block.capacity(), 1);
  std::vector<ReadingTime> times;
  for (double bytes = most_bytes; bytes >= smallest; bytes /= step) {
    const auto count = static_cast<std::size_t>(bytes / sizeof(std::uint64_t));
    times.push_back({bytes, seconds_to_read(std::span(block).first(count)) / bytes});
  }
  found_.push_back(cache_bytes_of(times).value_or(0));
}

std::optional<double> CacheMeter::bytes() const {
  const double median = quantile(found_, 0.5);
  return median > 0 ? std::optional(median) : std::nullopt;
}

}  // namespace cleave
