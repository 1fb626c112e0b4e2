#include "runtime/cpu/weight_memory.hpp"

#include <algorithm>
#include <cstdint>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace cleave::cpu {
namespace {

constexpr std::size_t kLine = 64, kLargePage = std::size_t{1} << 21;
constexpr std::size_t kLeastBlock = std::size_t{1} << 16, kMostBlock = std::size_t{1} << 25;

}  // namespace

void prefer_large_pages([[maybe_unused]] void* begin, [[maybe_unused]] std::size_t bytes) {
#ifdef __linux__
  const auto at = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t first = (at + kLargePage - 1) / kLargePage * kLargePage;
  const std::uintptr_t last = (at + bytes) / kLargePage * kLargePage;
  // A refusal leaves the pages as they are.
  if (first < last) (void)madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#endif
}

std::byte* WeightMemory::allocate(std::size_t bytes) {
  const std::size_t whole = (bytes + kLine - 1) / kLine * kLine;
  if (blocks_.empty() || blocks_.back().capacity() - used_ < whole) {
    // Twice as much each time: small stages take little, and what is left over at the end is not touched.
    const std::size_t next = blocks_.empty() ? kLeastBlock : std::min(kMostBlock, 2 * blocks_.back().capacity());
    blocks_.emplace_back().reserve(std::max(next, whole));
    prefer_large_pages(blocks_.back().data(), blocks_.back().capacity());
    used_ = 0;
  }
  std::byte* memory = blocks_.back().data() + used_;
  used_ += whole;
  return memory;
}

}  // namespace cleave::cpu
