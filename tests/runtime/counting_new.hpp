#pragma once
/// Counts what a test program allocates. In a file of its own, where compilers do not see new and delete inlined.

#include <cstddef>

namespace cleave {

/// Calls of operator new so far, by all threads.
[[nodiscard]] std::size_t allocations();
/// Those of them that oneDNN's library made itself.
[[nodiscard]] std::size_t allocations_of_onednn();

}  // namespace cleave
