#include "runtime/cpu/arena.hpp"

#include <algorithm>
#include <numeric>

namespace cleave::cpu {

namespace {

constexpr std::size_t kLine = 64;

std::size_t rounded(std::size_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }

bool meet(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

struct Block {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Lowest gap of `bytes` between blocks that are sorted by their begin.
std::size_t lowest_gap(const std::vector<Block>& blocks, std::size_t bytes) {
  std::size_t place = 0;
  for (const Block& block : blocks) {
    if (place + bytes <= block.begin) break;
    place = std::max(place, block.end);
  }
  return place;
}

}  // namespace

ArenaPlan plan_arena(const std::vector<Lifetime>& buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return buffers[i].bytes; });
  ArenaPlan plan{.offsets = std::vector<std::size_t>(buffers.size()), .bytes = 0};
  std::vector<std::size_t> placed;
  for (const std::size_t i : order) {
    std::vector<Block> blocks;
    for (const std::size_t other : placed)
      if (meet(buffers[i], buffers[other]))
        blocks.push_back({plan.offsets[other], plan.offsets[other] + rounded(buffers[other].bytes)});
    std::ranges::sort(blocks, {}, &Block::begin);
    plan.offsets[i] = lowest_gap(blocks, rounded(buffers[i].bytes));
    plan.bytes = std::max(plan.bytes, plan.offsets[i] + rounded(buffers[i].bytes));
    placed.push_back(i);
  }
  return plan;
}

}  // namespace cleave::cpu
