/// Large weights are packed piece by piece: the products stay right, and what they were packed from is given back.

#include "runtime/cpu/onednn.hpp"

#include <cleave/runtime.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace cleave::cpu {
namespace {

/// Neither is a multiple of what layouts have in a block.
constexpr std::int64_t kDeep = 4100, kAcross = 4099;

template <class T>
using Line = std::vector<T, CacheAligned<T>>;

/// Small whole numbers: every sum is exact in float, in whatever order.
template <class T>
Line<T> whole_numbers(std::int64_t count, std::int64_t low, std::int64_t high, std::uint32_t seed) {
  Line<T> numbers(static_cast<std::size_t>(count));
  for (T& number : numbers) {
    seed = seed * 1664525U + 1013904223U;
    number = static_cast<T>(low + static_cast<std::int64_t>(seed >> 8U) % (high - low + 1));
  }
  return numbers;
}

/// Pages of it that are in memory, in bytes.
std::size_t resident_bytes(void* begin, std::size_t bytes) {
#ifdef __linux__
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const auto at = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t first = (at + page - 1) / page * page;
  std::vector<unsigned char> pages((at + bytes - first) / page);
  if (mincore(reinterpret_cast<void*>(first), pages.size() * page, pages.data()) != 0) return bytes;
  return page * static_cast<std::size_t>(std::ranges::count_if(pages, [](unsigned char state) { return state & 1U; }));
#else
  (void)begin, (void)bytes;
  return 0;
#endif
}

template <class Source, class Weight>
void expect_exact(bool transposed, const onednn::Arithmetic& arithmetic) {
  const Line<Source> source = whole_numbers<Source>(kDeep, 0, 3, 1);
  Line<Weight> weights = whole_numbers<Weight>(kDeep * kAcross, -4, 4, 2);
  std::vector<double> expected(kAcross, 0.0);
  for (std::int64_t k = 0; k < kDeep; ++k)
    for (std::int64_t n = 0; n < kAcross; ++n)
      expected[static_cast<std::size_t>(n)] +=
          static_cast<double>(source[static_cast<std::size_t>(k)]) *
          static_cast<double>(weights[static_cast<std::size_t>(transposed ? n * kDeep + k : k * kAcross + n)]);
  const onednn::Library library;
  const onednn::ProductShape shape{.m = 1, .k = kDeep, .n = kAcross, .weights_transposed = transposed};
  const auto routine = onednn::product(library, shape, weights.data(), nullptr, {}, arithmetic);
  const std::size_t bytes = weights.size() * sizeof(Weight);
  EXPECT_LT(resident_bytes(weights.data(), bytes), bytes / 50);
  Line<std::byte> scratch(routine.scratch_bytes);
  Line<float> target(kAcross);
  routine.run({.source = source.data(), .target = target.data(), .scratch = scratch.data()});
  for (std::size_t n = 0; n < expected.size(); ++n) ASSERT_EQ(static_cast<double>(target[n]), expected[n]) << n;
}

TEST(Packing, LargeWeightsOfFp32) {
  expect_exact<float, float>(false, {});
  expect_exact<float, float>(true, {});
}

TEST(Packing, LargeWeightsOfInt8) {
  if (!cpu_computes(Precision::int8)) GTEST_SKIP() << "this CPU has no instructions for products of 8-bit integers";
  const onednn::Arithmetic arithmetic{.source = Element::u8, .weights = Element::s8};
  expect_exact<std::uint8_t, std::int8_t>(false, arithmetic);
  expect_exact<std::uint8_t, std::int8_t>(true, arithmetic);
}

TEST(Packing, AlignedMemoryOfAllSizes) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, (std::size_t{1} << 22) - 1, std::size_t{1} << 22,
                                  (std::size_t{1} << 22) + 1, std::size_t{9'437'185}}) {
    auto* const memory = static_cast<std::byte*>(allocate_aligned(bytes));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 64, 0U) << bytes;
    std::fill_n(memory, bytes, std::byte{7});
    free_aligned(memory, bytes);
  }
#ifndef __SANITIZE_ADDRESS__  // which ends the program instead
  EXPECT_THROW(free_aligned(allocate_aligned(std::size_t{1} << 60), 0), std::bad_alloc);
#endif
}

}  // namespace
}  // namespace cleave::cpu
