#include "space/nsga2.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

namespace cleave {
namespace {

bool never() { return false; }

/// A bowl: the frontier is the diagonal from (0, 0, ...) on the first axis, all others at 7.
std::vector<std::vector<DesignFigures>> bowl(const std::vector<Genome>& genomes) {
  std::vector<std::vector<DesignFigures>> found;
  for (const Genome& genome : genomes) {
    double off = 1;
    for (std::size_t i = 1; i < genome.size(); ++i) off += std::abs(static_cast<double>(genome[i]) - 7);
    const auto along = static_cast<double>(genome[0]);
    found.push_back({{(1 + along) * off, (21 - along) * off, 0}});
  }
  return found;
}

TEST(Nsga2, EvaluatesNoGenomeTwiceAndKeepsToItsBudget) {
  std::set<Genome> seen;
  std::size_t evaluated = 0;
  evolve(
      {20, 20, 20}, {.evaluations = 100, .population = 16, .seed = 3},
      [&](const std::vector<Genome>& genomes) {
        for (const Genome& genome : genomes) EXPECT_TRUE(seen.insert(genome).second);
        evaluated += genomes.size();
        return bowl(genomes);
      },
      never);
  EXPECT_EQ(evaluated, 100u);
}

TEST(Nsga2, UsesUpASmallSpace) {
  std::size_t evaluated = 0;
  evolve(
      {3, 2, 2}, {.evaluations = 1000, .population = 5, .seed = 1},
      [&](const std::vector<Genome>& genomes) {
        evaluated += genomes.size();
        return std::vector<std::vector<DesignFigures>>(genomes.size());  // none has a plan
      },
      never);
  EXPECT_EQ(evaluated, 12u);
}

TEST(Nsga2, FindsMoreThanChance) {
  const auto least = [](std::size_t population) {
    double best = 1e9;
    evolve(
        {20, 20, 20}, {.evaluations = 200, .population = population, .seed = 5},
        [&](const std::vector<Genome>& genomes) {
          auto found = bowl(genomes);
          for (const auto& frontier : found) best = std::min(best, frontier[0].period_s * frontier[0].energy_j);
          return found;
        },
        never);
    return best;
  };
  EXPECT_LT(least(16), least(200)) << "a population of 200 is drawn at random";
}

TEST(Nsga2, IsTheSameForASeed) {
  const auto trail = [](std::uint64_t seed) {
    std::vector<Genome> all;
    evolve(
        {9, 9, 9}, {.evaluations = 60, .population = 12, .seed = seed},
        [&](const std::vector<Genome>& genomes) {
          all.insert(all.end(), genomes.begin(), genomes.end());
          return bowl(genomes);
        },
        never);
    return all;
  };
  EXPECT_EQ(trail(1), trail(1));
  EXPECT_NE(trail(1), trail(2));
}

}  // namespace
}  // namespace cleave
