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
  const std::size_t whole = std::max<std::size_t>(1, (bytes + kLine - 1) / kLine) * kLine;
  if (size_ - used_ < whole) {
    // Twice as much each time: small stages take little, and what is left over at the end is not touched.
    size_ = std::max(std::clamp(2 * size_, kLeastBlock, kMostBlock), whole);
    used_ = 0;
    blocks_.emplace_back(CacheAligned<std::byte>().allocate(size_));
    prefer_large_pages(blocks_.back().get(), size_);
  }
  std::byte* memory = blocks_.back().get() + used_;
  used_ += whole;
  return memory;
}

}  // namespace cleave::cpu
