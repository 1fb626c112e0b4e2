#include "runtime/measure/cache.hpp"

#include "base/large_pages.hpp"
#include "costmodel/calibration/statistics.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace cleave {
namespace {

constexpr double kSmallest = 4 << 20;  ///< bytes: more than caches of single cores, fewer than shared ones

/// Of one pass over a block that is read over and over; the median of many, as caches take time to learn what to keep.
double seconds_to_read(std::span<const std::uint64_t> block) {
  using Clock = std::chrono::steady_clock;
  constexpr double least_s = 0.1;
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

}  // namespace

std::optional<double> cache_bytes_of(const std::function<double(double bytes)>& seconds_per_byte, double most_bytes) {
  constexpr double noticeable = 1.15, resolution = 1.04;
  constexpr double at_half = 0.75;  // of the cache: between where it starts to overflow and where none of it is of use
  const double from_cache = seconds_per_byte(kSmallest), from_memory = seconds_per_byte(most_bytes);
  if (from_memory < noticeable * from_cache) return {};
  double held = kSmallest, beyond = most_bytes;
  while (beyond > resolution * held) {
    const double bytes = std::sqrt(held * beyond);
    (seconds_per_byte(bytes) < (from_cache + from_memory) / 2 ? held : beyond) = bytes;
  }
  return std::sqrt(held * beyond) / at_half;
}

std::optional<double> measure_cache_bytes(double memory_bytes) {
  constexpr double most = 512 << 20, of_memory = 0.125;
  constexpr int repeats = 5;
  const double most_bytes = std::min(most, of_memory * memory_bytes);
  std::optional<double> largest;
  // Whatever else the machine does takes from the cache, and so does how pages happen to lie in it: each has its own.
  for (int repeat = 0; repeat < repeats && most_bytes > kSmallest; ++repeat) {
    std::vector<std::uint64_t> block;
    block.reserve(static_cast<std::size_t>(most_bytes / sizeof(std::uint64_t)));
    prefer_large_pages(block.data(), block.capacity() * sizeof(std::uint64_t));
    block.resize(block.capacity(), 1);
    const auto seconds_per_byte = [&](double bytes) {
      const auto count = static_cast<std::size_t>(bytes / sizeof(std::uint64_t));
      return seconds_to_read(std::span(block).first(count)) / bytes;
    };
    largest = std::max(largest, cache_bytes_of(seconds_per_byte, most_bytes));
  }
  return largest;
}

}  // namespace cleave
