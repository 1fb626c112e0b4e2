// A surface against comparing everything with everything.
#include "search/surface.hpp"

#include <gtest/gtest.h>

#include <random>

namespace cleave {
namespace {

struct Item {
  double period_s = 0;
  double energy_j = 0;
  double latency_s = 0;
  std::size_t number = 0;
};

bool covers(const Item& a, const Item& b) {
  return a.period_s <= b.period_s && a.energy_j <= b.energy_j && a.latency_s <= b.latency_s;
}

/// Of equal ones the first.
std::vector<Item> undominated(const std::vector<Item>& items) {
  std::vector<Item> kept;
  for (std::size_t i = 0; i < items.size(); ++i) {
    bool stays = true;
    for (std::size_t k = 0; k < items.size(); ++k)
      stays = stays && (k == i || !covers(items[k], items[i]) || (covers(items[i], items[k]) && k > i));
    if (stays) kept.push_back(items[i]);
  }
  return kept;
}

TEST(Surface, KeepsWhatNothingDominates) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    std::mt19937_64 dice(seed);
    const auto some = [&] { return static_cast<double>(dice() % (2 + seed % 20)); };  // many ties
    std::vector<Item> items;
    Surface<Item> surface;
    for (std::size_t i = 0; i < seed % 60; ++i) {
      const double latency_s = seed % 5 == 0 ? 0 : some();
      items.push_back({some(), some(), latency_s, i});
      const Item& item = items.back();
      const bool dominated = surface.dominates(item.period_s, item.energy_j, item.latency_s);
      EXPECT_NE(surface.insert(item), dominated);
      EXPECT_TRUE(surface.dominates(item.period_s, item.energy_j, item.latency_s));
    }
    const auto& found = surface.items();
    const std::vector<Item> expected = undominated(items);
    ASSERT_EQ(found.size(), expected.size()) << seed;
    for (const Item& one : expected)
      EXPECT_TRUE(
          std::any_of(found.begin(), found.end(), [&](const Item& other) { return other.number == one.number; }));
    for (std::size_t i = 1; i < found.size(); ++i) {
      EXPECT_LE(found[i - 1].period_s, found[i].period_s);
      if (found[i - 1].period_s == found[i].period_s) {
        EXPECT_LT(found[i - 1].energy_j, found[i].energy_j);
      }
    }
  }
}

}  // namespace
}  // namespace cleave
