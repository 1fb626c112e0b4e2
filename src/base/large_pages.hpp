#pragma once
/// Pages larger than usual.

#include <cstddef>

namespace cleave {

/// Asks for large pages in memory that nobody has written to yet: one fault instead of hundreds, and one entry of the
/// processor's page tables. Without effect where the system has none, or within less than a large page (2 MiB).
void prefer_large_pages(void* begin, std::size_t bytes);

}  // namespace cleave
