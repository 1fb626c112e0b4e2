/// Memory for weights: pieces on cache lines that do not meet, of all sizes.

#include "runtime/cpu/weight_memory.hpp"
#include "base/large_pages.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>

namespace cleave::cpu {
namespace {

TEST(WeightMemory, PiecesKeepWhatIsWrittenToThem) {
  WeightMemory memory;
  std::mt19937 random(1);
  struct Piece {
    std::byte* at;
    std::size_t bytes;
  };
  std::vector<Piece> pieces;
  for (const std::size_t most : {0, 1, 64, 1000, 1 << 17, 1 << 22})
    for (int i = 0; i < 20; ++i) {
      const std::size_t bytes = random() % (most + 1);
      pieces.push_back({memory.allocate(bytes), bytes});
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pieces.back().at) % 64, 0U);
      std::memset(pieces.back().at, static_cast<int>(pieces.size()), bytes);
    }
  for (std::size_t i = 0; i < pieces.size(); ++i)
    for (std::size_t at = 0; at < pieces[i].bytes; ++at) ASSERT_EQ(pieces[i].at[at], static_cast<std::byte>(i + 1));
}

TEST(WeightMemory, LargeBlocksEndWithALargePage) {
  constexpr std::size_t large_page = std::size_t{1} << 21, odd = 3 * large_page + 64;
  WeightMemory memory;
  const std::byte* first = memory.allocate(odd);
  EXPECT_EQ(memory.allocate(large_page - 64), first + odd) << "the rest of the page is of the block";
}

TEST(WeightMemory, LargePagesOfAnythingAreHarmless) {
  std::byte few[100] = {};
  prefer_large_pages(few, sizeof(few));
  prefer_large_pages(nullptr, 0);
  Bytes many;
  many.reserve(std::size_t{1} << 23);
  prefer_large_pages(many.data(), many.capacity());
  many.resize(std::size_t{1} << 23);
  EXPECT_EQ(many.back(), std::byte{0});
}

}  // namespace
}  // namespace cleave::cpu
