#pragma once
/// What the system does with pages of memory.

#include <cstddef>

namespace cleave {

/// Asks for large pages in memory that nobody has written to yet: one fault instead of hundreds, and one entry of the
/// processor's page tables. Without effect where the system has none, or within less than a large page (2 MiB).
void prefer_large_pages(void* begin, std::size_t bytes);

/// Gives the whole pages in there back to the system: they stay addresses of the caller's, but what they held is lost.
void give_back_pages(void* begin, std::size_t bytes);

/// Gives back the pages of what was freed, wherever the program's heap still holds them.
void give_back_freed();

}  // namespace cleave
