// Three objectives over a space: against a search of every point by itself.
#include "devices/vary.hpp"
#include "space/measure.hpp"
#include "space/search_space.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <random>

namespace cleave {
namespace {

namespace fs = std::filesystem;

constexpr Objectives kThree{.latency = true};

const DesignSpace kSpace{{"zoo:vgg8", "zoo:resnet18"},
                         "edge4",
                         1,
                         {{"cim.count", {"2", "0", "1"}},
                          {"cim.adc_bits", {"4", "6"}},
                          {"cim.rows", {"64", "256"}},
                          {"batch", {"1", "4"}},
                          {"npu.count", {"1", "2"}}}};

bool covers(const DesignFigures& a, const DesignFigures& b, double slack = 1 + 1e-9) {
  return a.period_s <= b.period_s * slack && a.energy_j <= b.energy_j * slack && a.latency_s <= b.latency_s * slack;
}

bool all_covered(const std::vector<DesignFigures>& some, const std::vector<DesignFigures>& by) {
  return std::all_of(some.begin(), some.end(), [&](const DesignFigures& one) {
    return std::any_of(by.begin(), by.end(), [&](const DesignFigures& other) { return covers(other, one); });
  });
}

/// Both have the same figures, up to twins that differ by rounding.
bool same(const std::vector<DesignFigures>& a, const std::vector<DesignFigures>& b) {
  return all_covered(a, b) && all_covered(b, a);
}

std::vector<DesignFigures> undominated(const std::vector<DesignFigures>& all) {
  std::vector<DesignFigures> best;
  for (const DesignFigures& one : all)
    if (std::none_of(all.begin(), all.end(),
                     [&](const DesignFigures& other) { return covers(other, one, 1) && !covers(one, other, 1); }))
      best.push_back(one);
  return best;
}

/// The frontier of some devices, found by itself.
std::vector<DesignFigures> alone(const std::string& model, const Cluster& cluster, std::int64_t batch,
                                 double latency_s) {
  const CostTable cost = make_cost_table(read_network(model, {.batch = batch}), cluster);
  std::vector<DesignFigures> frontier;
  for (const FrontierPoint& point :
       explore({.cost = cost, .limits = {.latency_s = latency_s}}, {.solver = Solver::exact, .latency = true}).points)
    frontier.push_back(
        {point.score.period_s / static_cast<double>(batch), point.score.energy_j, point.score.latency_s});
  return frontier;
}

std::vector<DesignFigures> alone(const DesignSpace& space, const Design& design, double latency_s = kCannot) {
  return alone(space.models[design.model], read_cluster(cluster_of(space, design)), batch_of(space, design), latency_s);
}

std::vector<DesignFigures> figures_of(const DesignSpace& space, const std::vector<SpacePlan>& frontier) {
  const DesignIndex index(space);
  std::vector<DesignFigures> figures;
  for (const SpacePlan& plan : frontier)
    figures.push_back({plan.plan.score.period_s / static_cast<double>(batch_of(space, index.design(plan.point))),
                       plan.plan.score.energy_j, plan.plan.score.latency_s});
  return figures;
}

TEST(SpaceLatency, FindsForEachPointWhatASearchOfItFindsAndTheFrontierOfAll) {
  const DesignIndex index(kSpace);
  const SpaceResult result = search_space(kSpace, {.objectives = kThree, .prune = false});
  EXPECT_EQ(result.searches, index.groups());
  std::vector<std::vector<DesignFigures>> all(kSpace.models.size());
  for (std::size_t i = 0; i < index.points(); ++i) {
    const Design design = index.design(i);
    const std::vector<DesignFigures> expected = alone(kSpace, design);
    EXPECT_TRUE(same(result.points[i].frontier, expected)) << "point " << i;
    all[design.model].insert(all[design.model].end(), expected.begin(), expected.end());
  }
  std::size_t beyond_two = 0;
  for (std::size_t model = 0; model < all.size(); ++model) {
    const auto found = figures_of(kSpace, result.frontiers[model]);
    EXPECT_TRUE(same(found, undominated(all[model])));
    EXPECT_EQ(undominated(found).size(), found.size());
    auto flat = found;
    for (DesignFigures& one : flat) one.latency_s = 0;
    beyond_two += found.size() - undominated(flat).size();
  }
  EXPECT_GT(beyond_two, 20u) << "plans that two objectives do not keep";
}

/// Up to which of equal plans stays.
void expect_same_frontiers(const DesignSpace& space, const SpaceResult& a, const SpaceResult& b) {
  ASSERT_EQ(a.frontiers.size(), b.frontiers.size());
  for (std::size_t model = 0; model < a.frontiers.size(); ++model) {
    EXPECT_EQ(a.frontiers[model].size(), b.frontiers[model].size());
    EXPECT_TRUE(same(figures_of(space, a.frontiers[model]), figures_of(space, b.frontiers[model])));
  }
}

TEST(SpaceLatency, PruningAndTheFrontierAloneChangeNothingOfIt) {
  const SpaceResult full = search_space(kSpace, {.objectives = kThree, .prune = false});
  const SpaceResult pruned = search_space(kSpace, {.objectives = kThree});
  EXPECT_LT(pruned.searches, full.searches);
  expect_same_frontiers(kSpace, full, pruned);
  const SpaceResult alone = search_space(kSpace, {.objectives = kThree, .frontier_only = true});
  expect_same_frontiers(kSpace, full, alone);
  for (std::size_t i = 0; i < full.points.size(); ++i)
    EXPECT_EQ(alone.points[i].state == PointState::infeasible, full.points[i].state == PointState::infeasible) << i;
}

/// A larger batch that is better in period and energy takes longer: it prunes only its own kind.
TEST(SpaceLatency, ASmallBatchIsNotPrunedForALargeOne) {
  const DesignIndex index(kSpace);
  const SpaceResult result = search_space(kSpace, {.objectives = kThree});
  for (std::size_t i = 0; i < index.points(); ++i) {
    if (result.points[i].state != PointState::pruned) continue;
    const std::string batch = "batch " + std::to_string(batch_of(kSpace, index.design(i)));
    EXPECT_THAT(result.points[i].reason, testing::EndsWith(batch));
  }
}

/// What any two devices of a point can do.
std::vector<DesignFigures> of_pairs(const DesignSpace& space, const Design& design, double latency_s) {
  const Cluster whole = read_cluster(cluster_of(space, design));
  std::vector<DesignFigures> all;
  for (const DeviceClass& a : whole.classes)
    for (const DeviceClass& b : whole.classes) {
      if (&a == &b && a.count < 2) continue;
      Cluster pair = whole;
      for (const DeviceClass& one : whole.classes)
        apply_change(pair, {one.name + ".count", std::to_string((&one == &a) + (&one == &b))});
      const auto found = alone(space.models[design.model], pair, batch_of(space, design), latency_s);
      all.insert(all.end(), found.begin(), found.end());
    }
  return undominated(all);
}

TEST(SpaceLatency, KeepsToLimitsAndLosesNothingUnderThem) {
  const DesignSpace space{
      {"zoo:resnet18"}, "edge4", 1, {{"cim.count", {"1", "2"}}, {"npu.count", {"0", "1"}}, {"batch", {"1", "8"}}}};
  const DesignIndex index(space);
  std::size_t cut = 0;
  for (const double latency_s : {1.5e-3, 6e-3, kCannot})
    for (const int devices : {0, 2}) {
      const SpaceResult result = search_space(
          space, {.limits = {.latency_s = latency_s, .devices = devices}, .objectives = kThree, .prune = false});
      EXPECT_TRUE(result.limited == (latency_s < kCannot || devices > 0));
      for (std::size_t i = 0; i < index.points(); ++i) {
        const Design design = index.design(i);
        const auto expected = devices == 0 ? alone(space, design, latency_s) : of_pairs(space, design, latency_s);
        EXPECT_TRUE(same(result.points[i].frontier, expected)) << i << ", " << latency_s << " s, " << devices;
        cut += expected.size() < alone(space, design).size();
      }
    }
  EXPECT_GT(cut, 8u);
}

/// Where devices have links the same holds.
TEST(SpaceLatency, WorksWithLinksBetweenDevices) {
  const DesignSpace space{
      {"zoo:vgg8"}, "two_boxes", 1, {{"gateway_npu.count", {"0", "2"}}, {"server_gpu.count", {"0", "1"}}}};
  const DesignIndex index(space);
  ASSERT_TRUE(make_cost_table(read_network("zoo:vgg8"), read_cluster("two_boxes")).links);
  const SpaceResult result = search_space(space, {.objectives = kThree});
  std::vector<DesignFigures> all;
  for (std::size_t i = 0; i < index.points(); ++i) {
    const auto expected = alone(space, index.design(i));
    EXPECT_TRUE(same(result.points[i].frontier, expected)) << i;
    all.insert(all.end(), expected.begin(), expected.end());
  }
  EXPECT_TRUE(same(figures_of(space, result.frontiers[0]), undominated(all)));
  expect_same_frontiers(space, result, search_space(space, {.objectives = kThree, .frontier_only = true}));
}

TEST(SpaceLatency, EvolutionUsesUpASmallSpace) {
  const SpaceResult full = search_space(kSpace, {.objectives = kThree});
  const SpaceOptions options{.objectives = kThree,
                             .method = SpaceMethod::nsga2,
                             .evolution = {.evaluations = 1000, .population = 4, .seed = 2}};
  expect_same_frontiers(kSpace, full, search_space(kSpace, options));
}

class LatencyLedger : public testing::Test {
 protected:
  LatencyLedger() : folder_(fs::temp_directory_path() / ("cleave_space_" + std::to_string(std::random_device()()))) {}
  ~LatencyLedger() override { fs::remove_all(folder_); }
  fs::path folder_;
};

void expect_equal(const SpaceResult& a, const SpaceResult& b) {
  ASSERT_EQ(a.frontiers.size(), b.frontiers.size());
  for (std::size_t model = 0; model < a.frontiers.size(); ++model) {
    ASSERT_EQ(a.frontiers[model].size(), b.frontiers[model].size());
    for (std::size_t i = 0; i < a.frontiers[model].size(); ++i) {
      EXPECT_EQ(a.frontiers[model][i].point, b.frontiers[model][i].point);
      EXPECT_EQ(a.frontiers[model][i].plan.plan, b.frontiers[model][i].plan.plan);
      EXPECT_EQ(a.frontiers[model][i].plan.score.latency_s, b.frontiers[model][i].plan.score.latency_s);
    }
  }
  for (std::size_t i = 0; i < a.points.size(); ++i) {
    EXPECT_EQ(a.points[i].state, b.points[i].state);
    EXPECT_EQ(a.points[i].frontier.size(), b.points[i].frontier.size());
  }
}

TEST_F(LatencyLedger, RanksThreadsAndResumesFindTheSame) {
  for (const bool frontier_only : {false, true}) {
    const SpaceOptions one{.objectives = kThree, .frontier_only = frontier_only, .threads = 1};
    const SpaceResult expected = search_space(kSpace, one);
    SpaceOptions other = one;
    other.threads = 2;
    expect_equal(search_space(kSpace, other), expected);
    other.ledger = folder_ / (frontier_only ? "frontier" : "points");
    for (std::size_t rank = 3; rank-- > 0;) {
      other.rank = {rank, 3};
      const SpaceResult found = search_space(kSpace, other);
      if (found.merged) expect_equal(found, expected);
    }
    other.rank = {};
    other.resume = true;
    other.search = false;
    expect_equal(search_space(kSpace, other), expected);
  }
}

/// The volume by counting cells of a grid on which all figures lie.
double counted(const std::vector<DesignFigures>& frontier, int cells) {
  int covered = 0;
  for (int x = 0; x < cells; ++x)
    for (int y = 0; y < cells; ++y)
      for (int z = 0; z < cells; ++z)
        covered += std::any_of(frontier.begin(), frontier.end(), [&](const DesignFigures& one) {
          return std::log2(one.period_s) <= x && std::log2(one.energy_j) <= y && std::log2(one.latency_s) <= z;
        });
  return covered / std::pow(cells, 3);
}

TEST(MeasureLatency, TheHypervolumeIsThatOfCountedCells) {
  constexpr int cells = 7;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    std::mt19937_64 dice(seed);
    std::vector<DesignFigures> frontier;
    const auto some = [&] { return std::exp2(dice() % (cells + 1)); };
    for (std::size_t i = 0; i < seed % 12; ++i) frontier.push_back({some(), some(), some()});
    std::sort(frontier.begin(), frontier.end(),
              [](const DesignFigures& a, const DesignFigures& b) { return a.period_s < b.period_s; });
    const double most = std::exp2(cells);
    EXPECT_NEAR(hypervolume(frontier, {{1, 1, 1}, {most, most, most}}, kThree), counted(frontier, cells), 1e-12)
        << seed;
  }
}

TEST(MeasureLatency, AStepIsTheMedianOfLeastLatencies) {
  const DesignSpace space{{"zoo:vgg8"}, "edge4", 1, {{"cim.count", {"1", "2"}}}};
  SpaceResult result;
  result.objectives = kThree;
  result.points.push_back({.frontier = {{1, 9, 6}, {2, 8, 4}, {2, 10, 3}}});
  result.points.push_back({.frontier = {{0.5, 9, 1}, {2, 12, 1.5}}});
  const auto steps = sensitivity(space, result);
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_DOUBLE_EQ(steps[0].throughput_ratio, 2);
  EXPECT_DOUBLE_EQ(steps[0].energy_ratio, 9. / 8);
  EXPECT_DOUBLE_EQ(steps[0].latency_ratio, 1. / 3);
  EXPECT_GT(steps[0].hypervolume_change, 0);
}

}  // namespace
}  // namespace cleave
