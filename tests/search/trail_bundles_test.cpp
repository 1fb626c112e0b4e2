#include "search/trail_bundles.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

namespace cleave {
namespace {

TrailLabels random_labels(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<int> number(1, 50);
  TrailLabels labels(1, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const double clock = number(random);
    labels.add({.period_s = static_cast<double>(number(random)),
                .energy_j = static_cast<double>(number(random)),
                .finished_s = static_cast<double>(number(random)),
                .covered_from_s = static_cast<double>(number(random))},
               &clock, nullptr);
  }
  return labels;
}

Arrival arrival_of(const TrailLabels& labels, std::size_t label) {
  const double clock = *labels.clocks(label);
  return {.path_s = clock, .gate_s = 100 - clock};
}

std::vector<Arrival> arrivals_of(const TrailLabels& labels) {
  std::vector<Arrival> arrivals;
  for (std::size_t i = 0; i < labels.size(); ++i) arrivals.push_back(arrival_of(labels, i));
  return arrivals;
}

std::vector<std::tuple<double, double, double, double>> sorted(const TrailLabels& labels) {
  std::vector<std::tuple<double, double, double, double>> all;
  for (std::size_t i = 0; i < labels.size(); ++i)
    all.emplace_back(labels[i].period_s, labels[i].energy_j, labels[i].finished_s, *labels.clocks(i));
  std::sort(all.begin(), all.end());
  return all;
}

TEST(TrailBundles, NoLabelsNoBundles) {
  TrailLabels none(1, 0);
  EXPECT_TRUE(bundle(none, {}).empty());
}

TEST(TrailBundles, KeepEveryLabel) {
  TrailLabels labels = random_labels(300, 1);
  const auto before = sorted(labels);
  (void)bundle(labels, arrivals_of(labels));
  EXPECT_EQ(sorted(labels), before);
}

TEST(TrailBundles, HoldTheLeastOfTheirLabels) {
  TrailLabels labels = random_labels(300, 2);
  const auto bundles = bundle(labels, arrivals_of(labels));
  for (const TrailBundle& some : bundles) {
    TrailBundle expected{.first = some.first, .last = some.last, .next = some.next};
    for (std::uint32_t i = some.first; i < some.last; ++i) {
      expected.period_s = std::min(expected.period_s, labels[i].period_s);
      expected.energy_j = std::min(expected.energy_j, labels[i].energy_j);
      expected.finished_s = std::min(expected.finished_s, labels[i].finished_s);
      expected.arrival.path_s = std::min(expected.arrival.path_s, arrival_of(labels, i).path_s);
      expected.arrival.gate_s = std::min(expected.arrival.gate_s, arrival_of(labels, i).gate_s);
      expected.covered_from_s = std::max(expected.covered_from_s, labels[i].covered_from_s);
    }
    EXPECT_EQ(some.period_s, expected.period_s);
    EXPECT_EQ(some.energy_j, expected.energy_j);
    EXPECT_EQ(some.finished_s, expected.finished_s);
    EXPECT_EQ(some.arrival.path_s, expected.arrival.path_s);
    EXPECT_EQ(some.arrival.gate_s, expected.arrival.gate_s);
    EXPECT_EQ(some.covered_from_s, expected.covered_from_s);
  }
}

// Whoever goes through them and skips some by `next` meets every other label once.
TEST(TrailBundles, LeavesHoldEachLabelOnce) {
  TrailLabels labels = random_labels(301, 3);
  const auto bundles = bundle(labels, arrivals_of(labels));
  std::uint32_t met = 0;
  for (std::uint32_t at = 0; at < bundles.size(); ++at) {
    EXPECT_GT(bundles[at].next, at);
    EXPECT_LE(bundles[at].next, bundles.size());
    if (!bundles[at].is_leaf(at)) continue;
    EXPECT_EQ(bundles[at].first, met);
    met = bundles[at].last;
  }
  EXPECT_EQ(met, labels.size());
  EXPECT_EQ(bundles.front().next, bundles.size());
}

}  // namespace
}  // namespace cleave
