#pragma once
/// One block of memory for all that is alive at some time of a stage.

#include <cstddef>
#include <vector>

namespace cleave::cpu {

/// A buffer needed from step `first` to step `last`, both included.
struct Lifetime {
  std::size_t bytes = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

struct ArenaPlan {
  std::vector<std::size_t> offsets;  ///< per buffer
  std::size_t bytes = 0;
};

/// Offsets on cache-line boundaries so that buffers alive at the same time do not overlap: largest
/// first, each at the lowest place where it fits.
[[nodiscard]] ArenaPlan plan_arena(const std::vector<Lifetime>& buffers);

}  // namespace cleave::cpu
