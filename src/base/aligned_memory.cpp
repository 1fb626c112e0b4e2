#include "base/large_pages.hpp"

#include <cleave/tensor.hpp>

#include <cstdint>
#include <new>

// Sanitizers see what is allocated by operator new alone.
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <sys/mman.h>
#include <unistd.h>
#define CLEAVE_MAPS_MEMORY
#endif

namespace cleave {
namespace {

constexpr std::align_val_t kLine{64};

#ifdef CLEAVE_MAPS_MEMORY
constexpr std::size_t kMapped = std::size_t{1} << 20;
constexpr std::size_t kLargePage = std::size_t{1} << 21;

/// Small ones: what is left over of a large page is not worth one.
std::size_t whole_pages(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

/// On a large page's boundary: more is mapped than needed, and what lies outside is unmapped again.
void* map(std::size_t bytes) {
  const std::size_t size = whole_pages(bytes);
  void* const mapped = mmap(nullptr, size + kLargePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* const begin = static_cast<std::byte*>(mapped);
  const std::size_t before = (kLargePage - reinterpret_cast<std::uintptr_t>(begin) % kLargePage) % kLargePage;
  if (before > 0) munmap(begin, before);
  munmap(begin + before + size, kLargePage - before);
  prefer_large_pages(begin + before, size);
  return begin + before;
}
#endif

}  // namespace

void* allocate_aligned(std::size_t bytes) {
#ifdef CLEAVE_MAPS_MEMORY
  if (bytes >= kMapped) return map(bytes);
#endif
  return ::operator new(bytes, kLine);
}

void free_aligned(void* memory, std::size_t bytes) noexcept {
#ifdef CLEAVE_MAPS_MEMORY
  if (bytes >= kMapped) {
    munmap(memory, whole_pages(bytes));
    return;
  }
#else
  (void)bytes;
#endif
  ::operator delete(memory, kLine);
}

}  // namespace cleave
