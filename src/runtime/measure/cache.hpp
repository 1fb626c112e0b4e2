#pragma once
/// The last-level cache of this machine, as much of it as one core finds.

#include <cstddef>
#include <optional>
#include <vector>

namespace cleave {

/// What reading a block of some size over and over takes.
struct ReadingTime {
  double bytes = 0;
  double seconds_per_byte = 0;
};

/// The size at which these times follow a line over the share that comes from memory (`share_cached`,
/// weights_cached.hpp) best. All of them tell it, so that one that was held up moves it little. Nothing where blocks
/// larger than every cache take no longer than small ones.
[[nodiscard]] std::optional<double> cache_bytes_of(const std::vector<ReadingTime>& times);

/// That of this machine, by reading. What the processor says of its caches is no measure: virtual machines have a part
/// of them, and others take theirs, now more and now less, for minutes: sweeps far apart tell more than many at once.
class CacheMeter {
 public:
  /// Reads blocks of all sizes, for about two seconds.
  void sweep();
  [[nodiscard]] std::size_t sweeps() const { return found_.size(); }
  /// The median of the sweeps; nothing where most found no cache.
  [[nodiscard]] std::optional<double> bytes() const;

 private:
  std::vector<double> found_;  ///< 0: none
};

}  // namespace cleave
