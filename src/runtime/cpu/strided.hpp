#pragma once
/// Loops over several arrays of the same extents and different strides.

#include "runtime/cpu/layout.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <numeric>
#include <vector>

namespace cleave::cpu {

constexpr std::size_t kMaxRank = 16;

/// Nested loops, outermost first; the first operand is the target.
template <std::size_t N>
struct Loops {
  std::vector<std::int64_t> extents;
  std::vector<std::array<std::int64_t, N>> strides;
};

/// Loops over `extents` with as few levels as possible, in the order in which the target lies in
/// memory. Precondition: at most kMaxRank dimensions.
template <std::size_t N>
[[nodiscard]] Loops<N> make_loops(const Shape& extents, const std::array<Strides, N>& strides) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < extents.size(); ++i)
    if (extents[i] != 1) order.push_back(i);
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return strides[0][i]; });
  Loops<N> loops;
  for (const std::size_t i : order) {
    std::array<std::int64_t, N> steps{};
    for (std::size_t n = 0; n < N; ++n) steps[n] = strides[n][i];
    const auto continues = [&](const std::array<std::int64_t, N>& outer) {
      for (std::size_t n = 0; n < N; ++n)
        if (outer[n] != steps[n] * extents[i]) return false;
      return true;
    };
    if (!loops.extents.empty() && continues(loops.strides.back())) {
      loops.extents.back() *= extents[i];
      loops.strides.back() = steps;
    } else {
      loops.extents.push_back(extents[i]);
      loops.strides.push_back(steps);
    }
  }
  if (loops.extents.empty()) {
    loops.extents.push_back(1);
    loops.strides.push_back({});
  }
  return loops;
}

/// Calls `row(offsets)` for every position of the outer loops; the innermost one is the caller's.
template <std::size_t N, class Row>
void for_each_row(const Loops<N>& loops, const Row& row) {
  std::array<std::int64_t, kMaxRank> position{};
  std::array<std::int64_t, N> offsets{};
  if (std::ranges::find(loops.extents, 0) != loops.extents.end()) return;
  const std::size_t inner = loops.extents.size() - 1;
  while (true) {
    row(offsets);
    std::size_t level = inner;
    while (level-- > 0) {
      for (std::size_t n = 0; n < N; ++n) offsets[n] += loops.strides[level][n];
      if (++position[level] < loops.extents[level]) break;
      for (std::size_t n = 0; n < N; ++n) offsets[n] -= loops.strides[level][n] * loops.extents[level];
      position[level] = 0;
    }
    if (level > inner) return;
  }
}

/// Copies a box of elements. Offsets and strides in elements.
struct Box {
  Shape extents = {};
  std::int64_t from_offset = 0;
  Strides from = {};
  std::int64_t to_offset = 0;
  Strides to = {};
};
using Copy = std::function<void(const std::byte* from, std::byte* to)>;
[[nodiscard]] Copy make_copy(const Box& box, std::size_t element_bytes);

}  // namespace cleave::cpu
