#pragma once
/// Where memory is: in caches or not.

#include <cstddef>

namespace cleave {

/// Writes `bytes` from `begin` back and drops them from all caches. False where programs cannot do so: nothing happens.
bool evict_from_caches(const std::byte* begin, std::size_t bytes);

}  // namespace cleave
