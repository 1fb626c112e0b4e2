/// Copies between orders of the same elements, against one element at a time.

#include "runtime/cpu/strided.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

namespace cleave::cpu {
namespace {

/// A box of the extents in a random order of dimensions on either side.
Box random_box(const Shape& extents, std::mt19937& random) {
  Box box{.extents = extents, .from = Strides(extents.size()), .to = Strides(extents.size())};
  for (Strides* strides : {&box.from, &box.to}) {
    std::vector<std::size_t> order(extents.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    std::int64_t step = 1;
    for (const std::size_t i : order) {
      (*strides)[i] = step;
      step *= extents[i];
    }
  }
  return box;
}

std::vector<std::byte> copied_singly(const Box& box, const std::vector<std::byte>& source, std::size_t bytes) {
  std::vector<std::byte> target(source.size());
  const std::int64_t count = element_count(box.extents);
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i, from = box.from_offset, to = box.to_offset;
    for (std::size_t axis = box.extents.size(); axis-- > 0; rest /= box.extents[axis]) {
      from += rest % box.extents[axis] * box.from[axis];
      to += rest % box.extents[axis] * box.to[axis];
    }
    std::memcpy(&target[static_cast<std::size_t>(to) * bytes], &source[static_cast<std::size_t>(from) * bytes], bytes);
  }
  return target;
}

void expect_copied(const Box& box, std::mt19937& random) {
  for (const std::size_t bytes : {1U, 2U, 4U, 8U}) {
    std::vector<std::byte> source(static_cast<std::size_t>(element_count(box.extents)) * bytes);
    for (std::byte& byte : source) byte = static_cast<std::byte>(random());
    std::vector<std::byte> target(source.size());
    make_copy(box, bytes)(source.data(), target.data());
    EXPECT_EQ(target, copied_singly(box, source, bytes)) << bytes << " bytes";
  }
}

TEST(StridedCopies, AnyOrderOfDimensions) {
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    Shape extents(1 + random() % 5);
    for (std::int64_t& extent : extents) extent = static_cast<std::int64_t>(1 + random() % 9);
    expect_copied(random_box(extents, random), random);
  }
}

/// What shuffles of channels do: parts that lie one behind the other are dealt out in turn.
TEST(StridedCopies, InterleavedParts) {
  std::mt19937 random(2);
  for (const std::int64_t parts : {2, 3, 4, 5, 8, 16})
    for (const std::int64_t length : {1, 3, 16, 37, 68})
      expect_copied(
          {.extents = {5, length, parts}, .from = {length * parts, 1, length}, .to = {length * parts, parts, 1}},
          random);
}

}  // namespace
}  // namespace cleave::cpu
