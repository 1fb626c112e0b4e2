// The frontier of a space against a search of every point, and against kills, ranks and threads.
#include "space/search_space.hpp"
#include "base/files.hpp"
#include "complaint.hpp"
#include "devices/vary.hpp"
#include "space/group_outcome.hpp"
#include "space/measure.hpp"
#include "space/model_frontier.hpp"
#include "space/sealed_line.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>

namespace cleave {
namespace {

namespace fs = std::filesystem;

const DesignSpace kSpace{{"zoo:vgg8", "zoo:resnet18"},
                         "edge4",
                         1,
                         {{"cim.count", {"0", "1", "3"}},
                          {"cim.adc_bits", {"4", "6", "8"}},
                          {"cim.rows", {"64", "256"}},
                          {"batch", {"1", "4"}},
                          {"npu.count", {"1", "2"}}}};

/// The frontier of a point, found by itself.
std::vector<DesignFigures> alone(const DesignSpace& space, const Design& design, const SpaceLimits& limits = {}) {
  const Network network = read_network(space.models[design.model], {.batch = batch_of(space, design)});
  const CostTable cost = make_cost_table(network, read_cluster(cluster_of(space, design)));
  std::vector<DesignFigures> frontier;
  const Frontier found = explore({.cost = cost}, {.solver = Solver::exact});
  for (auto point = found.points.rbegin(); point != found.points.rend(); ++point)
    if (point->score.power_w(cost.batch) <= limits.power_w)
      frontier.push_back({point->score.period_s / static_cast<double>(cost.batch), point->score.energy_j});
  return frontier;
}

/// Both have the same figures, up to twins that differ by rounding.
bool same(const std::vector<DesignFigures>& a, const std::vector<DesignFigures>& b) {
  const auto covered = [](const std::vector<DesignFigures>& some, const std::vector<DesignFigures>& by) {
    return std::all_of(some.begin(), some.end(), [&](const DesignFigures& one) {
      return std::any_of(by.begin(), by.end(), [&](const DesignFigures& other) {
        return other.period_s <= one.period_s * (1 + 1e-9) && other.energy_j <= one.energy_j * (1 + 1e-9);
      });
    });
  };
  return covered(a, b) && covered(b, a);
}

TEST(SearchSpace, FindsForEachPointWhatASearchOfItFinds) {
  const DesignIndex index(kSpace);
  const SpaceResult result = search_space(kSpace, {.prune = false});
  EXPECT_EQ(result.searches, index.groups());
  EXPECT_TRUE(result.complete);
  for (std::size_t i = 0; i < index.points(); ++i)
    EXPECT_TRUE(same(result.points[i].frontier, alone(kSpace, index.design(i)))) << "point " << i;
}

/// Up to whose it is where a pruned point has a plan as good as one of the point that is no worse.
TEST(SearchSpace, PruningChangesNothingOfTheFrontier) {
  const DesignIndex index(kSpace);
  const SpaceResult full = search_space(kSpace, {.prune = false});
  const SpaceResult pruned = search_space(kSpace);
  EXPECT_LT(pruned.searches, full.searches);
  ASSERT_EQ(full.frontiers.size(), pruned.frontiers.size());
  for (std::size_t model = 0; model < full.frontiers.size(); ++model) {
    ASSERT_EQ(full.frontiers[model].size(), pruned.frontiers[model].size());
    for (std::size_t i = 0; i < full.frontiers[model].size(); ++i) {
      const SpacePlan& one = full.frontiers[model][i];
      const SpacePlan& other = pruned.frontiers[model][i];
      const auto period_s = [&](const SpacePlan& plan) {
        return plan.plan.score.period_s / static_cast<double>(batch_of(kSpace, index.design(plan.point)));
      };
      EXPECT_NEAR(period_s(one), period_s(other), 1e-12 * period_s(one));
      EXPECT_NEAR(one.plan.score.energy_j, other.plan.score.energy_j, 1e-12 * one.plan.score.energy_j);
      if (pruned.points[one.point].state == PointState::pruned) {
        EXPECT_NE(one.point, other.point);
        continue;
      }
      EXPECT_EQ(one.point, other.point);
      EXPECT_EQ(one.plan.plan, other.plan.plan);
    }
  }
}

/// Up to which of equal plans stays.
void expect_same_frontiers(const SpaceResult& a, const SpaceResult& b) {
  ASSERT_EQ(a.frontiers.size(), b.frontiers.size());
  for (std::size_t model = 0; model < a.frontiers.size(); ++model) {
    ASSERT_EQ(a.frontiers[model].size(), b.frontiers[model].size());
    for (std::size_t i = 0; i < a.frontiers[model].size(); ++i) {
      const Score& one = a.frontiers[model][i].plan.score;
      const Score& other = b.frontiers[model][i].plan.score;
      EXPECT_NEAR(one.energy_j, other.energy_j, 1e-9 * one.energy_j);
    }
  }
}

TEST(SearchSpace, TheFrontierAloneIsThatOfAllPoints) {
  const SpaceResult full = search_space(kSpace, {.prune = false});
  const SpaceResult alone = search_space(kSpace, {.frontier_only = true});
  expect_same_frontiers(full, alone);
  EXPECT_FALSE(alone.figures);
  for (std::size_t i = 0; i < full.points.size(); ++i) {
    EXPECT_TRUE(alone.points[i].frontier.empty());
    EXPECT_EQ(alone.points[i].state == PointState::infeasible, full.points[i].state == PointState::infeasible) << i;
  }
}

/// Of what differs by rounding alone one stays, though it came last.
TEST(ModelFrontier, HasNoTwinsByRounding) {
  ModelFrontier frontier{Objectives{}};
  frontier.add({.period_s = 0.7, .energy_j = 0.91}, 0, {});
  frontier.add({.period_s = 0.35, .energy_j = std::nextafter(0.91, 0)}, 1, {});
  frontier.add({.period_s = 0.7 / 3, .energy_j = 0.91}, 2, {});
  const auto items = frontier.items();
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items.front().point, 2u);
}

/// Whether a point has a plan at all is found out even where nobody looks for its plans: one chip cannot hold the
/// network.
TEST(SearchSpace, TheFrontierAloneKnowsWhatIsInfeasible) {
  const DesignSpace chips{
      {"zoo:resnet18"}, "cim8", 1, {{"cim.count", {"1", "2", "4", "8"}}, {"cim.adc_bits", {"6", "8"}}}};
  const SpaceResult full = search_space(chips, {.prune = false});
  const SpaceResult alone = search_space(chips, {.prune = false, .frontier_only = true});
  std::size_t infeasible = 0;
  for (std::size_t i = 0; i < full.points.size(); ++i) {
    infeasible += full.points[i].state == PointState::infeasible;
    EXPECT_EQ(alone.points[i].state == PointState::infeasible, full.points[i].state == PointState::infeasible) << i;
  }
  EXPECT_GT(infeasible, 0u);
  EXPECT_LT(infeasible, full.points.size());
  expect_same_frontiers(full, alone);
}

TEST(SearchSpace, EvolutionFindsPlansOfTheSpaceAndAllOfASmallOne) {
  const SpaceResult full = search_space(kSpace);
  SpaceOptions options{.method = SpaceMethod::nsga2, .evolution = {.evaluations = 5, .population = 4, .seed = 2}};
  const SpaceResult some = search_space(kSpace, options);
  EXPECT_TRUE(some.complete);
  EXPECT_GT(std::count_if(some.points.begin(), some.points.end(),
                          [](const PointOutcome& point) { return point.state == PointState::not_reached; }),
            0);
  for (std::size_t model = 0; model < full.frontiers.size(); ++model)
    for (const SpacePlan& plan : some.frontiers[model]) {
      const DesignIndex index(kSpace);
      const auto per_inference = [&](const SpacePlan& one) {
        return one.plan.score.period_s / static_cast<double>(batch_of(kSpace, index.design(one.point)));
      };
      EXPECT_TRUE(std::any_of(full.frontiers[model].begin(), full.frontiers[model].end(), [&](const SpacePlan& best) {
        return per_inference(best) <= per_inference(plan) * (1 + 1e-9) &&
               best.plan.score.energy_j <= plan.plan.score.energy_j * (1 + 1e-9);
      }));
    }
  options.evolution.evaluations = 1000;
  expect_same_frontiers(search_space(kSpace, options), full);
}

/// Points that cost too much are left out, and say so; the frontier is that of the rest.
TEST(SearchSpace, LeavesOutWhatCostsTooMuch) {
  DesignSpace space = kSpace;
  space.models = {"zoo:vgg8"};
  space.cluster = "edge4?cpu.cost_usd=100,gpu.cost_usd=200,npu.cost_usd=60,cim.cost_usd=40";
  const SpaceLimits limits{.cost_usd = 420};  // cpu + gpu + npu + cim: 400; another of either is too much
  const SpaceResult result = search_space(space, {.limits = limits});
  const DesignIndex index(space);
  for (std::size_t i = 0; i < result.points.size(); ++i) {
    const Design design = index.design(i);
    const double cost =
        300 + 60 * std::stod(space.axes[4].values[design.at[4]]) + 40 * std::stod(space.axes[0].values[design.at[0]]);
    ASSERT_TRUE(result.points[i].totals.cost_usd);
    EXPECT_EQ(*result.points[i].totals.cost_usd, cost);
    EXPECT_FALSE(result.points[i].totals.area_mm2);
    EXPECT_EQ(result.points[i].state == PointState::pruned, cost > 420);
    EXPECT_EQ(result.points[i].reason.find("USD, more than 420") != std::string::npos, cost > 420);
  }
  std::vector<DesignFigures> best;
  for (std::size_t i = 0; i < index.points(); ++i)
    if (*result.points[i].totals.cost_usd <= 420)
      for (const DesignFigures& figures : alone(space, index.design(i))) best.push_back(figures);
  for (const DesignFigures& figures : best) {
    bool found = false;
    for (const SpacePlan& plan : result.frontiers[0]) {
      const double period_s = plan.plan.score.period_s / static_cast<double>(batch_of(space, index.design(plan.point)));
      found = found ||
              (period_s <= figures.period_s * (1 + 1e-9) && plan.plan.score.energy_j <= figures.energy_j * (1 + 1e-9));
    }
    EXPECT_TRUE(found);
  }
}

/// One class whose energy nobody measured: points without any of it are not touched by that.
TEST(SearchSpace, SaysWhereThePointsJoulesComeFrom) {
  const fs::path file = fs::path(testing::TempDir()) / "estimated.json";
  std::ofstream(file) << R"({"schema": "cleave.cluster/1", "name": "pair", "devices": [
    {"name": "cpu", "profile": "cpu_xeon_8380", "count": 1},
    {"name": "npu", "profile": "npu_edge_tpu", "count": 1, "idle_w": {"value": 0.5, "source": "estimated", "year": 2020},
     "port": {"bytes_per_s": {"value": 3e8, "source": "USB 3", "year": 2019},
              "latency_s": {"value": 1e-4, "source": "USB 3", "year": 2019},
              "j_per_byte": {"value": 3e-10, "source": "USB 3", "year": 2019}, "duplex": "full", "overlap": true}}]})";
  const SpaceResult result = search_space({{"zoo:vgg8"}, file.string(), 1, {{"npu.count", {"0", "1"}}}});
  ASSERT_EQ(result.points.size(), 2u);
  EXPECT_EQ(result.points[0].energy_origin, "modeled");
  EXPECT_EQ(result.points[1].energy_origin, "estimated");
}

TEST(SearchSpace, PlansOfItsFrontierAreLegalOnTheirOwnPointsAndUndominated) {
  const DesignIndex index(kSpace);
  const SpaceResult result = search_space(kSpace);
  for (std::size_t model = 0; model < result.frontiers.size(); ++model) {
    ASSERT_FALSE(result.frontiers[model].empty());
    for (const SpacePlan& plan : result.frontiers[model]) {
      const Design design = index.design(plan.point);
      EXPECT_EQ(design.model, model);
      const Network network = read_network(kSpace.models[model], {.batch = batch_of(kSpace, design)});
      const CostTable cost = make_cost_table(network, read_cluster(cluster_of(kSpace, design)));
      EXPECT_THAT(check({.cost = cost}, plan.plan.plan, plan.plan.score), testing::IsEmpty());
      const double period_s = plan.plan.score.period_s / static_cast<double>(cost.batch);
      const std::size_t each = index.points() / result.frontiers.size();
      for (std::size_t i = model * each; i < (model + 1) * each; ++i)
        for (const DesignFigures& other : result.points[i].frontier)
          EXPECT_FALSE(other.period_s < period_s * (1 - 1e-9) &&
                       other.energy_j < plan.plan.score.energy_j * (1 - 1e-9));
    }
  }
}

TEST(SearchSpace, KeepsToItsLimits) {
  const SpaceLimits limits{.power_w = 3, .latency_s = 0.02, .devices = 3};
  const DesignIndex index(kSpace);
  const SpaceResult result = search_space(kSpace, {.limits = limits});
  std::size_t plans = 0;
  for (const auto& frontier : result.frontiers)
    for (const SpacePlan& plan : frontier) {
      ++plans;
      EXPECT_LE(plan.plan.score.power_w(batch_of(kSpace, index.design(plan.point))), 3);
      EXPECT_LE(plan.plan.score.latency_s, 0.02);
      EXPECT_LE(plan.plan.score.devices_used, 3);
    }
  EXPECT_GT(plans, 0u);
}

/// A plan, and on how many devices.
struct SizedFigures {
  DesignFigures figures;
  int devices;
};

/// Of a point, all plans of the frontiers of three objectives of all of its parts: these have the best under any limit
/// on latency and devices, and do not rest on how a search meets one.
std::vector<SizedFigures> plans_of_parts(const DesignSpace& space, const Design& design) {
  const Network network = read_network(space.models[design.model], {.batch = batch_of(space, design)});
  const Cluster whole = read_cluster(cluster_of(space, design));
  std::vector<std::vector<int>> parts = {{}};
  for (const DeviceClass& device : whole.classes) {
    std::vector<std::vector<int>> longer;
    for (const std::vector<int>& part : parts)
      for (int count = 0; count <= device.count; ++count) {
        longer.push_back(part);
        longer.back().push_back(count);
      }
    parts = longer;
  }
  std::vector<SizedFigures> plans;
  for (const std::vector<int>& part : parts) {
    const int devices = std::accumulate(part.begin(), part.end(), 0);
    if (devices == 0) continue;
    Cluster cluster = whole;
    for (const ClassId id : whole.classes.ids())
      apply_change(cluster, {whole.classes[id].name + ".count", std::to_string(part[id.at()])});
    const CostTable cost = make_cost_table(network, cluster);
    for (const FrontierPoint& point : explore({.cost = cost}, {.solver = Solver::exact, .latency = true}).points)
      plans.push_back(
          {{point.score.period_s / static_cast<double>(cost.batch), point.score.energy_j, point.score.latency_s},
           devices});
  }
  return plans;
}

std::vector<DesignFigures> within(const std::vector<SizedFigures>& plans, const SpaceLimits& limits) {
  std::vector<DesignFigures> all;
  for (const SizedFigures& plan : plans)
    if (plan.figures.latency_s <= limits.latency_s && (limits.devices == 0 || plan.devices <= limits.devices))
      all.push_back(plan.figures);
  std::vector<DesignFigures> best;
  for (const DesignFigures& one : all)
    if (std::none_of(all.begin(), all.end(), [&](const DesignFigures& other) {
          return other.period_s <= one.period_s && other.energy_j <= one.energy_j &&
                 (other.period_s < one.period_s || other.energy_j < one.energy_j);
        }))
      best.push_back(one);
  return best;
}

TEST(SearchSpace, LosesNothingUnderLimitsOnLatencyAndDevices) {
  const DesignSpace space{
      {"zoo:resnet18"}, "edge4", 1, {{"cim.count", {"1", "2"}}, {"npu.count", {"0", "1"}}, {"batch", {"1", "8"}}}};
  const DesignIndex index(space);
  std::vector<std::vector<SizedFigures>> plans;
  for (std::size_t i = 0; i < index.points(); ++i) plans.push_back(plans_of_parts(space, index.design(i)));
  std::size_t regained = 0;
  for (const double latency_s : {8e-4, 1.5e-3, 3e-3, 6e-3, 1.2e-2, kCannot})
    for (const int devices : {0, 2}) {
      const SpaceLimits limits{.latency_s = latency_s, .devices = devices};
      const SpaceResult result = search_space(space, {.limits = limits, .prune = false});
      for (std::size_t i = 0; i < index.points(); ++i) {
        const auto expected = within(plans[i], limits);
        EXPECT_TRUE(same(result.points[i].frontier, expected)) << i << ", " << latency_s << " s, " << devices;
        // What a search without the limit has found, and filtered after it, is less.
        auto filtered = within(plans[i], {.devices = devices});
        std::erase_if(filtered, [&](const DesignFigures& figures) { return figures.latency_s > latency_s; });
        regained += !same(filtered, expected);
      }
      // Pruning may not lose a small batch to a large one, which takes longer.
      expect_same_frontiers(result, search_space(space, {.limits = limits}));
    }
  EXPECT_GT(regained, 10u);
}

/// A folder that is gone after the test.
class LedgerFolder : public testing::Test {
 protected:
  LedgerFolder() : folder_(fs::temp_directory_path() / ("cleave_space_" + std::to_string(std::random_device()()))) {}
  ~LedgerFolder() override { fs::remove_all(folder_); }
  fs::path folder_;
};

void expect_same(const SpaceResult& a, const SpaceResult& b) {
  ASSERT_EQ(a.frontiers.size(), b.frontiers.size());
  for (std::size_t model = 0; model < a.frontiers.size(); ++model) {
    ASSERT_EQ(a.frontiers[model].size(), b.frontiers[model].size());
    for (std::size_t i = 0; i < a.frontiers[model].size(); ++i) {
      EXPECT_EQ(a.frontiers[model][i].plan.plan, b.frontiers[model][i].plan.plan);
      EXPECT_EQ(a.frontiers[model][i].plan.score.period_s, b.frontiers[model][i].plan.score.period_s);
      EXPECT_EQ(a.frontiers[model][i].plan.score.energy_j, b.frontiers[model][i].plan.score.energy_j);
      EXPECT_EQ(a.frontiers[model][i].plan.bound, b.frontiers[model][i].plan.bound);
    }
  }
  for (std::size_t i = 0; i < a.points.size(); ++i) {
    EXPECT_EQ(a.points[i].state, b.points[i].state);
    EXPECT_EQ(a.points[i].reason, b.points[i].reason);
    ASSERT_EQ(a.points[i].frontier.size(), b.points[i].frontier.size());
    for (std::size_t k = 0; k < a.points[i].frontier.size(); ++k)
      EXPECT_EQ(a.points[i].frontier[k].period_s, b.points[i].frontier[k].period_s);
  }
}

TEST_F(LedgerFolder, RanksTogetherFindWhatOneFinds) {
  const SpaceResult one = search_space(kSpace, {.threads = 1});
  for (std::size_t rank = 3; rank-- > 1;) {
    const SpaceResult share = search_space(kSpace, {.ledger = folder_, .rank = {rank, 3}});
    EXPECT_FALSE(share.merged);
    EXPECT_TRUE(share.frontiers.empty());
  }
  expect_same(search_space(kSpace, {.ledger = folder_, .rank = {0, 3}}), one);
  // And from the ledger alone.
  expect_same(search_space(kSpace, {.ledger = folder_, .resume = true, .search = false}), one);
}

/// That a shard says were found.
std::vector<std::size_t> groups_in(const fs::path& shard) {
  std::vector<std::size_t> groups;
  std::istringstream lines(read_file(shard.string()));
  for (std::string line; std::getline(lines, line);)
    if (const auto head = head_of(line); head && head->event == SearchEvent::found) groups.push_back(head->group);
  return groups;
}

TEST_F(LedgerFolder, ARankThatIsThroughTakesOverWhatOthersHaveNotBegun) {
  const SpaceResult one = search_space(kSpace, {.prune = false, .threads = 1});
  const auto rank = [&](std::size_t number) {
    return search_space(kSpace, {.prune = false, .ledger = folder_, .rank = {number, 3}, .threads = 1});
  };
  (void)rank(1);
  const fs::path slow = folder_ / "shard-1.jsonl";
  const std::vector<std::size_t> its_share = groups_in(slow);
  ASSERT_GT(its_share.size(), 4u);
  std::istringstream lines(read_file(slow.string()));
  std::string line, begun;
  for (int i = 0; i < 3 && std::getline(lines, line); ++i) begun += line + "\n";
  write_file(slow, begun);  // it is at its third group
  (void)rank(2);
  std::vector<std::size_t> found = groups_in(folder_ / "shard-2.jsonl");
  const auto taken = static_cast<std::size_t>(std::count_if(found.begin(), found.end(), [&](std::size_t group) {
    return std::find(its_share.begin(), its_share.end(), group) != its_share.end();
  }));
  EXPECT_EQ(taken, its_share.size() - 3) << "all but those found, and the one it is at";
  std::sort(found.begin(), found.end());
  EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end()) << "each once";
  expect_same(search_space(kSpace, {.prune = false, .ledger = folder_, .resume = true}), one);
}

/// A shard with lines that seem to be written so.
std::string sealed_again(const std::string& shard) {
  std::istringstream lines(shard);
  std::string line, text;
  std::getline(lines, text);
  for (text += '\n'; std::getline(lines, line); text += '\n')
    text += sealed(line.substr(0, line.find(",\"check\"")) + '}');
  return text;
}

/// A shard whose first plans of each group are said to have a period of 1 ns, in the mode `mode` if one is given.
std::string with_other_figures(std::string shard, const std::string& mode) {
  const std::string start = "\"plans\":\"";
  for (std::size_t at = shard.find(start); at != std::string::npos; at = shard.find(start, at)) {
    at += start.size();
    if (shard[at] == '"') continue;  // there are none
    shard.replace(at, shard.find(' ', at) - at, "3e112e0be826d695");
    const std::size_t stages = shard.find('|', at) + 1;
    if (!mode.empty()) shard.replace(stages, shard.find(' ', stages) - stages, mode);
  }
  return shard;
}

TEST_F(LedgerFolder, RefusesFiguresThatAreNotThePlans) {
  (void)search_space(kSpace, {.ledger = folder_});
  const std::string shard = (folder_ / "shard-0.jsonl").string();
  const std::string whole = read_file(shard);
  for (const char* mode : {"", "999"}) {  // better than any; of no class
    write_file(shard, sealed_again(with_other_figures(whole, mode)));
    EXPECT_THAT(complaint_of([&] { (void)search_space(kSpace, {.ledger = folder_, .resume = true}); }),
                testing::HasSubstr("figures that are not its own"));
  }
}

// Also of plans that are on no frontier in the end, which are not looked at again.
TEST_F(LedgerFolder, SearchesAgainWhereALineWasChanged) {
  const SpaceResult whole = search_space(kSpace, {.prune = false, .ledger = folder_});
  const std::string shard = (folder_ / "shard-0.jsonl").string();
  std::string text = read_file(shard);
  for (std::size_t at = text.find('/', text.find('\n')); at != std::string::npos; at = text.find('/', at + 1))
    text.replace(at + 1, 3, "4ff");  // periods that nothing takes
  write_file(shard, text);
  expect_same(search_space(kSpace, {.prune = false, .ledger = folder_, .resume = true}), whole);
}

std::size_t count_of(const SpaceResult& result, PointState state) {
  return static_cast<std::size_t>(std::count_if(result.points.begin(), result.points.end(),
                                                [&](const PointOutcome& point) { return point.state == state; }));
}

// Those that end their process, as a search for which there is no memory does, must not do so for ever.
TEST_F(LedgerFolder, LeavesOutWhatEndedProcesses) {
  const SpaceResult whole = search_space(kSpace, {.prune = false, .ledger = folder_});
  const fs::path shard = folder_ / "shard-0.jsonl";
  std::istringstream lines(read_file(shard.string()));
  std::string first, gone;
  std::getline(lines, first);
  std::getline(lines, gone);
  const std::size_t group = entry_of(gone, "shard").group;
  std::string rest = first + "\n" + std::string(std::istreambuf_iterator<char>(lines), {});
  const SpaceOptions resume{.prune = false, .ledger = folder_, .resume = true};
  const SpaceOptions look{.prune = false, .ledger = folder_, .resume = true, .search = false};
  const std::size_t its_points = DesignIndex(kSpace).points_of(group).size();

  rest += sealed(line_of(group, SearchEvent::begun)) + "\n";
  write_file(shard, rest);
  EXPECT_EQ(count_of(search_space(kSpace, look), PointState::not_reached), its_points) << "once may be chance";
  write_file(shard, rest + sealed(line_of(group, SearchEvent::begun)) + "\n" +
                        sealed(line_of(group, SearchEvent::left)) + "\n");
  EXPECT_EQ(count_of(search_space(kSpace, look), PointState::not_reached), its_points) << "it was stopped";

  write_file(shard, rest + sealed(line_of(group, SearchEvent::begun)) + "\n");
  EXPECT_EQ(count_of(search_space(kSpace, look), PointState::quarantined), its_points);
  const SpaceResult without = search_space(kSpace, resume);
  EXPECT_FALSE(without.complete);
  EXPECT_EQ(count_of(without, PointState::quarantined), its_points);
  EXPECT_EQ(count_of(without, PointState::not_reached), 0U);
  EXPECT_EQ(count_of(search_space(kSpace, look), PointState::quarantined), its_points) << "it stays so";

  const SpaceResult again = search_space(kSpace, resume);
  EXPECT_TRUE(again.complete) << "whoever asks once more gets it tried once more";
  expect_same(again, whole);
  EXPECT_EQ(count_of(search_space(kSpace, look), PointState::quarantined), 0U);
}

TEST_F(LedgerFolder, WritesWhatIsBegunOnceItIsResumed) {
  (void)search_space(kSpace, {.ledger = folder_});
  const std::string shard = (folder_ / "shard-0.jsonl").string();
  EXPECT_THAT(read_file(shard), testing::Not(testing::HasSubstr("begun"))) << "a first run needs no writing of it";
  fs::resize_file(shard, fs::file_size(shard) / 2);
  (void)search_space(kSpace, {.ledger = folder_, .resume = true});
  EXPECT_THAT(read_file(shard), testing::HasSubstr("\"event\":\"begun\""));
}

TEST_F(LedgerFolder, SearchesAgainWhereALineIsOfAnotherGroup) {
  const SpaceResult whole = search_space(kSpace, {.ledger = folder_});
  const std::string shard = (folder_ / "shard-0.jsonl").string();
  std::string text = read_file(shard);
  const std::string start = "\"frontiers\":[";
  for (std::size_t at = text.find(start); at != std::string::npos; at = text.find(start, at)) {
    at += start.size();
    text.erase(at, text.find(']', at) - at);
  }
  write_file(shard, sealed_again(text));
  expect_same(search_space(kSpace, {.ledger = folder_, .resume = true}), whole);
}

TEST_F(LedgerFolder, RanksTogetherFindTheFrontierAlone) {
  const SpaceResult one = search_space(kSpace, {.frontier_only = true, .threads = 1});
  expect_same(search_space(kSpace, {.frontier_only = true, .threads = 2}), one);
  for (std::size_t rank = 3; rank-- > 1;)
    (void)search_space(kSpace, {.frontier_only = true, .ledger = folder_, .rank = {rank, 3}});
  expect_same(search_space(kSpace, {.frontier_only = true, .ledger = folder_, .rank = {0, 3}}), one);
}

TEST_F(LedgerFolder, AStoppedSearchGoesOnWhereItEnded) {
  const SpaceResult whole = search_space(kSpace);
  std::stop_source stop;
  const SpaceResult part = search_space(
      kSpace,
      {.ledger = folder_, .stop = stop.get_token(), .on_progress = [&](const SpaceProgress&) { stop.request_stop(); }});
  const SpaceResult rest = search_space(kSpace, {.ledger = folder_, .resume = true});
  EXPECT_TRUE(rest.complete);
  expect_same(rest, whole);
}

// Alone it would go on for minutes.
TEST_F(LedgerFolder, ATimeLimitEndsASearchThatIsUnderWay) {
  const DesignSpace space{{"zoo:inceptionv3"}, "edge4", 1, {{"cim.count", {"2", "3"}}}};
  const SpaceOptions options{.objectives = {.latency = true}, .time_limit_s = 0.5, .ledger = folder_};
  const SpaceResult result = search_space(space, options);
  EXPECT_FALSE(result.complete);
  EXPECT_LT(result.elapsed_s, 30);
  for (const PointOutcome& point : result.points)
    EXPECT_TRUE(point.stopped || point.state == PointState::not_reached) << "where it was too slow to begin";
  for (const SpacePlan& plan : result.frontiers.front()) EXPECT_FALSE(plan.plan.proven);
  EXPECT_TRUE(groups_in(folder_ / "shard-0.jsonl").empty()) << "half a search is none";
}

TEST(SearchSpace, ATimeLimitBeyondWhatClocksCountIsNone) {
  const DesignSpace space{{"zoo:vgg8"}, "edge4", 1, {{"cim.count", {"2", "3"}}}};
  EXPECT_TRUE(search_space(space, {.time_limit_s = 1e15}).complete);
}

TEST(Measure, HypervolumeOfStairs) {
  const Extent box{{1, 1}, {100, 100}};
  EXPECT_DOUBLE_EQ(hypervolume({{1, 1}}, box, {}), 1);
  EXPECT_DOUBLE_EQ(hypervolume({{10, 10}}, box, {}), 0.25);
  EXPECT_DOUBLE_EQ(hypervolume({{1, 100}, {100, 1}}, box, {}), 0);
  EXPECT_DOUBLE_EQ(hypervolume({{1, 10}, {10, 1}}, box, {}), 0.5 + 0.25);
  EXPECT_DOUBLE_EQ(hypervolume({}, box, {}), 0);
}

TEST(Measure, AStepOfAnAxisIsTheMedianOverAllElse) {
  const DesignSpace space{{"zoo:vgg8"}, "edge4", 1, {{"cim.count", {"1", "2"}}, {"batch", {"1", "2", "4"}}}};
  SpaceResult result;
  for (const double seconds : {1.0, 2.0, 4.0, 0.5, 0.4, 0.5})
    result.points.push_back({.frontier = {{seconds, 10 * seconds}}});
  result.points[2].frontier.clear();
  const auto steps = sensitivity(space, result);
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].pairs, 2u) << "one point has no plan";
  EXPECT_DOUBLE_EQ(steps[0].throughput_ratio, (1 / 0.5 + 2 / 0.4) / 2);
  EXPECT_DOUBLE_EQ(steps[0].energy_ratio, (0.5 + 0.2) / 2);
  EXPECT_EQ(steps[1].axis, 1u);
  EXPECT_EQ(steps[1].pairs, 2u);
}

}  // namespace
}  // namespace cleave
