#include "runtime/cpu/weight_memory.hpp"

#include "base/large_pages.hpp"

#include <algorithm>

namespace cleave::cpu {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kLeastBlock = std::size_t{1} << 16, kMostBlock = std::size_t{1} << 25;

}  // namespace

std::byte* WeightMemory::allocate(std::size_t bytes) {
  const std::size_t whole = std::max<std::size_t>(1, (bytes + kLine - 1) / kLine) * kLine;
  if (size_ - used_ < whole) {
    // Twice as much each time: small stages take little, and what is left over at the end is not touched.
    size_ = std::max(std::clamp(2 * size_, kLeastBlock, kMostBlock), whole);
    used_ = 0;
    blocks_.emplace_back(static_cast<std::byte*>(allocate_aligned(size_)), Free{size_});
    prefer_large_pages(blocks_.back().get(), size_);
  }
  std::byte* memory = blocks_.back().get() + used_;
  used_ += whole;
  return memory;
}

}  // namespace cleave::cpu
