#pragma once
/// How much memory this process has.

#include <cstddef>

namespace cleave {

/// Bytes that are in main memory now (Linux: /proc/self/statm); 0 where the system does not say.
[[nodiscard]] std::size_t resident_bytes();

}  // namespace cleave
