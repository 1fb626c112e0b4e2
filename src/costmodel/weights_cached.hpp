#pragma once
/// Which weights a last-level cache still holds when they are read again. An operator by itself cannot know: it depends
/// on what the whole network goes through between two of its runs, whichever devices share it.

#include "costmodel/cpu_gpu.hpp"

namespace cleave {

/// Bytes that a run of the network goes through: its weights as they are packed, and the most activations that are
/// alive.
[[nodiscard]] double bytes_of_run(const Network& network, Precision precision, const Winograd& winograd);

/// The share of them that is still there after so many bytes: all up to half of the cache, where nothing pushes them
/// out, ever fewer up to all of it, from where on each is gone before it is asked for again. 0 for a cache of 0.
[[nodiscard]] double share_cached(double bytes_of_run, double cache_bytes);

/// The share of the network's weights that the device's cache holds.
[[nodiscard]] double weights_cached(const Network& network, Precision precision, const Profile& profile);

}  // namespace cleave
