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
  if (blocks_.empty() || size_ - blocks_.back().used < whole) {
    // Twice as much each time: small stages take little, and what is left over at the end is not touched.
    size_ = std::max(std::clamp(2 * size_, kLeastBlock, kMostBlock), whole);
    auto* const memory = static_cast<std::byte*>(allocate_aligned(size_));
    blocks_.push_back({std::unique_ptr<std::byte, Free>(memory, Free{size_}), 0});
    prefer_large_pages(memory, size_);
  }
  Block& block = blocks_.back();
  std::byte* memory = block.memory.get() + block.used;
  block.used += whole;
  return memory;
}

}  // namespace cleave::cpu
