#include "cli/heap.hpp"

#include "base/large_pages.hpp"

#include <cstdint>
#include <cstdlib>
#include <limits>

#ifdef __GLIBC__
#include <malloc.h>
#include <unistd.h>
#endif

namespace cleave::cli {

#ifdef __GLIBC__
namespace {

constexpr int kLargestPieceBytes = 32 << 20;  // that glibc takes from the heap at most
constexpr int kReservedBytes = 256 << 20;     // addresses; memory comes with use
constexpr int kUsualBytes = 2 << 20;

std::uintptr_t heap_end() { return reinterpret_cast<std::uintptr_t>(sbrk(0)); }

}  // namespace

void prepare_heap() {
  mallopt(M_MMAP_THRESHOLD, kLargestPieceBytes);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  const std::uintptr_t start = heap_end();
  mallopt(M_TOP_PAD, kReservedBytes);
  void* (*const volatile allocate)(std::size_t) = std::malloc;  // a plain call may be moved behind the next line
  void* const grows = allocate(kUsualBytes);                    // more than is left
  mallopt(M_TOP_PAD, kUsualBytes);
  if (heap_end() > start + kReservedBytes)  // not where a limit on memory forbids it
    prefer_large_pages(reinterpret_cast<void*>(start), heap_end() - start);
  std::free(grows);
}
#else
void prepare_heap() {}
#endif

}  // namespace cleave::cli
