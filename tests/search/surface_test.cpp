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

bool covers_up_to_rounding(const Item& a, const Item& b) {
  constexpr double same = 1 + 1e-12;
  return a.period_s <= b.period_s * same && a.energy_j <= b.energy_j * same && a.latency_s <= b.latency_s * same;
}

TEST(Surface, LeavesOutTwinsByRounding) {
  std::size_t twins = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    std::mt19937_64 dice(seed);
    const auto some = [&] {
      return static_cast<double>(1 + dice() % (2 + seed % 20)) * (1 + 2e-13 * static_cast<double>(dice() % 3));
    };
    Surface<Item> surface;
    for (std::size_t i = 0; i < seed % 60; ++i) surface.insert({some(), some(), some(), i});
    std::vector<Item> expected;  // one after the other, each against all
    for (const Item& item : surface.items()) {
      if (std::ranges::any_of(expected, [&](const Item& other) { return covers_up_to_rounding(other, item); }))
        continue;
      std::erase_if(expected, [&](const Item& other) { return covers_up_to_rounding(item, other); });
      expected.push_back(item);
    }
    const std::vector<Item> found = without_rounding_twins(surface);
    EXPECT_TRUE(std::ranges::equal(found, expected, {}, &Item::number, &Item::number)) << seed;
    twins += surface.items().size() - found.size();
  }
  EXPECT_GT(twins, 100U);
}

}  // namespace
}  // namespace cleave
