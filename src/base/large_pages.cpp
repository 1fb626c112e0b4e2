#include "base/large_pages.hpp"

#include <cstdint>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace cleave {

#ifdef __linux__
namespace {

/// Advice about the whole pages in there. A refusal leaves them as they are.
void advise(void* begin, std::size_t bytes, std::uintptr_t page, int advice) {
  const auto at = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t first = (at + page - 1) / page * page;
  const std::uintptr_t last = (at + bytes) / page * page;
  if (first < last) (void)madvise(reinterpret_cast<void*>(first), last - first, advice);
}

}  // namespace

void prefer_large_pages(void* begin, std::size_t bytes) {
  advise(begin, bytes, std::uintptr_t{1} << 21, MADV_HUGEPAGE);
}

void give_back_pages(void* begin, std::size_t bytes) {
  advise(begin, bytes, static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE)), MADV_DONTNEED);
}
#else
void prefer_large_pages(void*, std::size_t) {}
void give_back_pages(void*, std::size_t) {}
#endif

#ifdef __GLIBC__
void give_back_freed() { (void)malloc_trim(0); }
#else
void give_back_freed() {}
#endif

}  // namespace cleave
