#include "runtime/cpu/weight_memory.hpp"

#include "base/large_pages.hpp"

#include <algorithm>

namespace cleave::cpu {
namespace {

constexpr std::size_t kLine = 64, kLargePage = std::size_t{1} << 21;
constexpr std::size_t kLeastBlock = std::size_t{1} << 16, kMostBlock = std::size_t{1} << 28;

/// The rest of a block would lie in small pages otherwise: reading weights there takes up to four times as long.
std::size_t in_large_pages(std::size_t bytes) {
  return bytes < kLargePage ? bytes : (bytes + kLargePage - 1) / kLargePage * kLargePage;
}

}  // namespace

std::byte* WeightMemory::allocate(std::size_t bytes) {
  const std::size_t whole = std::max<std::size_t>(1, (bytes + kLine - 1) / kLine) * kLine;
  // In the first block with room: what large pieces left over of one is for small ones.
  auto block = std::ranges::find_if(blocks_, [&](const Block& each) { return each.room() >= whole; });
  if (block == blocks_.end()) {
    // Twice as much each time: small stages take little, and what is left over at the end is not touched.
    const std::size_t last = blocks_.empty() ? 0 : blocks_.back().size();
    const std::size_t size = in_large_pages(std::max(std::clamp(2 * last, kLeastBlock, kMostBlock), whole));
    auto* const memory = static_cast<std::byte*>(allocate_aligned(size));
    block = blocks_.insert(block, {std::unique_ptr<std::byte, Free>(memory, Free{size}), 0});
    prefer_large_pages(memory, size);
  }
  std::byte* memory = block->memory.get() + block->used;
  block->used += whole;
  return memory;
}

std::size_t WeightMemory::used_bytes() const {
  std::size_t bytes = 0;
  for (const Block& block : blocks_) bytes += block.used;
  return bytes;
}

}  // namespace cleave::cpu
