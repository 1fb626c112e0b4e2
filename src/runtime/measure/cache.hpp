#pragma once
/// The last-level cache of this machine, as much of it as one core finds.

#include <functional>
#include <optional>

namespace cleave {

/// Its size from what reading a block of some size over and over takes: at three quarters of the cache
/// (weights_cached.hpp) it takes as long as half from the cache and half from memory. `seconds_per_byte` is asked for
/// sizes up to `most_bytes`, which no cache holds. Nothing where those take no longer than small ones.
[[nodiscard]] std::optional<double> cache_bytes_of(const std::function<double(double bytes)>& seconds_per_byte,
                                                   double most_bytes);

/// That of this machine, which has `memory_bytes`, by reading. What the processor says of its caches is no measure:
/// virtual machines have a part of them, and others take theirs.
[[nodiscard]] std::optional<double> measure_cache_bytes(double memory_bytes);

}  // namespace cleave
