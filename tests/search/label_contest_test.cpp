// The parts of label setting against comparing everything with everything.
#include "search/label_contest.hpp"
#include "search/fronts.hpp"
#include "search/period_cells.hpp"

#include "random_problem.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace cleave {
namespace {

using Numbers = std::mt19937_64;

double some(Numbers& numbers, double most) { return most * static_cast<double>(numbers() % 40) / 40; }

PeriodCells some_cells(Numbers& numbers) {
  std::vector<double> known;
  std::vector<double> sample;
  for (std::uint64_t i = numbers() % 8; i > 0; --i) known.push_back(some(numbers, 1));
  for (std::uint64_t i = numbers() % 30; i > 0; --i) sample.push_back(some(numbers, 1));
  std::sort(known.begin(), known.end());
  std::sort(sample.begin(), sample.end());
  return {known, sample};
}

Label some_label(Numbers& numbers, const PeriodCells& cells) {
  Label label;
  label.figures = {some(numbers, 1.2), 0.1 + some(numbers, 1)};
  label.cell = cells.of(label.figures.period_s);
  return label;
}

bool covers(const Figures& a, const Figures& b) { return a.period_s <= b.period_s && a.energy_j <= b.energy_j; }

TEST(PeriodCells, HoldEachPeriodBetweenTheirEnds) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Numbers numbers(seed);
    const PeriodCells cells = some_cells(numbers);
    ASSERT_EQ(cells.from_s(0), 0) << seed;
    ASSERT_LE(cells.size(), 38U) << seed;
    for (int i = 0; i < 50; ++i) {
      const double period_s = some(numbers, 1.2);
      const std::uint32_t cell = cells.of(period_s);
      ASSERT_LE(cells.from_s(cell), period_s) << seed;
      ASSERT_LT(period_s, cell + 1 < cells.size() ? cells.from_s(cell + 1) : kCannot) << seed;
    }
  }
}

TEST(PeriodCells, BeginAtKnownPeriodsWhereTheseAreFew) {
  const PeriodCells cells({0.25, 0.5}, {0.1, 0.3, 0.5, 0.7});
  EXPECT_EQ(cells.of(0.25), cells.of(0.249) + 1);
  EXPECT_EQ(cells.of(0.5), cells.of(0.499) + 1);
  EXPECT_EQ(cells.size(), 6U);  // 0.5 once
}

TEST(LabelContest, IsWonByWhatNothingDominates) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Numbers numbers(seed);
    const PeriodCells cells = some_cells(numbers);
    LabelContest contest;
    std::vector<double>& limits_j = contest.start(cells.size());
    for (double& limit_j : limits_j) limit_j = some(numbers, 2);
    std::sort(limits_j.rbegin(), limits_j.rend());
    const std::vector<double> limits_before_j = limits_j;
    std::vector<Figures> offered;
    for (std::uint64_t i = numbers() % 80; i > 0; --i) {
      const Label label = some_label(numbers, cells);
      if (label.figures.energy_j >= limits_before_j[label.cell]) continue;
      offered.push_back(label.figures);
      if (label.figures.energy_j < contest.limit_j(label.cell)) contest.propose(label);
    }
    std::vector<Figures> expected;
    for (const Figures& one : offered)
      if (std::none_of(offered.begin(), offered.end(),
                       [&](const Figures& other) { return covers(other, one) && !covers(one, other); }))
        expected.push_back(one);
    std::sort(expected.begin(), expected.end(),
              [](const Figures& a, const Figures& b) { return a.period_s < b.period_s; });
    expected.erase(std::unique(expected.begin(), expected.end(),
                               [](const Figures& a, const Figures& b) { return covers(a, b) && covers(b, a); }),
                   expected.end());
    const std::vector<Label>& winners = contest.winners();
    ASSERT_EQ(winners.size(), expected.size()) << seed;
    for (std::size_t i = 0; i < winners.size(); ++i) {
      EXPECT_EQ(winners[i].figures.period_s, expected[i].period_s) << seed;
      EXPECT_EQ(winners[i].figures.energy_j, expected[i].energy_j) << seed;
    }
  }
}

/// What the fronts call dominated is so, by a label on the same devices or fewer, with the idle energy of the devices.
TEST(Fronts, BeatOnlyWhatIsDominated) {
  int beaten = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Numbers numbers(seed);
    const Problem problem = testing_support::tiny_problem(seed);
    const CostTable& cost = problem.cost;
    const Lattice lattice = Lattice::chain(cost);
    const Counts counts(cost);
    const Bounds bounds(cost, lattice, counts);
    const PeriodCells cells = some_cells(numbers);
    std::vector<std::vector<std::size_t>> smaller(counts.size());
    for (std::size_t code = 0; code < counts.size(); ++code)
      for (const ClassId device : cost.classes.ids())
        if (counts.used(code, device) > 0) smaller[code].push_back(counts.release(code, device, 1));
    Fronts fronts(smaller, bounds, cells);
    std::vector<std::vector<Label>> kept(counts.size());
    const auto dominated = [&](std::size_t code, const Label& label) {
      for (std::size_t fewer = 0; fewer <= code; ++fewer) {
        bool within = true;
        for (const ClassId device : cost.classes.ids())
          within = within && counts.used(fewer, device) <= counts.used(code, device);
        const double saved_w = bounds.idle_w(code) - bounds.idle_w(fewer);
        for (const Label& other : kept[fewer])
          if (within && other.figures.period_s <= label.figures.period_s &&
              other.figures.energy_j <= label.figures.energy_j + label.figures.period_s * saved_w + 1e-9)
            return true;
      }
      return false;
    };
    for (std::size_t code = 0; code < counts.size(); ++code) {
      fronts.start(code);
      for (std::uint64_t i = numbers() % 6; i > 0; --i) {
        const Label label = some_label(numbers, cells);
        std::vector<double> limits_j(cells.size(), kCannot);
        fronts.limit(code, 0, limits_j);
        const bool refused = limits_j[label.cell] <= label.figures.energy_j;
        if (refused || fronts.beat(code, label)) {
          EXPECT_TRUE(dominated(code, label)) << seed;
          ++beaten;
          continue;
        }
        kept[code].push_back(label);
        fronts.add(code, label);
      }
    }
  }
  EXPECT_GT(beaten, 1000);
}

}  // namespace
}  // namespace cleave
