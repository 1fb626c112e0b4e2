// What a ledger forgives, and what it refuses.
#include "space/ledger.hpp"
#include "base/files.hpp"
#include "complaint.hpp"
#include "space/ranks.hpp"
#include "space/sealed_line.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <tuple>

namespace cleave {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const SweepIdentity kIdentity = {{"model m", "1"}, {"axis x.count", "1,2"}};

GroupOutcome outcome(std::size_t plans) {
  GroupOutcome one;
  one.frontiers.resize(2);
  for (std::size_t i = 0; i < plans; ++i) {
    FrontierPoint point;
    point.plan.stages = {{ModeId(i), 2, {OpId(0), OpId(i + 1)}}};
    point.score = {.period_s = 0.3, .latency_s = 1e-5 / 3, .energy_j = 0.1 * static_cast<double>(i), .stages = {}};
    point.bound = 0.1 * static_cast<double>(i);
    point.proven = i != 1;
    point.any_gap = i == 3 ? 0.25 : 1;
    point.any_bound = i == 3 ? 0.2 : 0;
    point.solver = i == 1 ? "lattice" : "exact";
    one.plans.push_back(point);
    one.frontiers[i % 2].push_back(i);
  }
  one.reason = plans == 0 ? "no \"plan\"" : "";
  return one;
}

using PointFigures = std::tuple<double, double, double, double, double, double, double, bool, std::string>;

std::vector<PointFigures> figures(const GroupOutcome& of) {
  std::vector<PointFigures> all;
  for (const auto& frontier : of.frontiers)
    for (const std::size_t at : frontier) {
      const FrontierPoint& point = of.plans[at];
      all.emplace_back(point.score.period_s, point.score.energy_j, point.score.latency_s, point.bound, point.gap,
                       point.any_bound, point.any_gap, point.proven, point.solver);
    }
  return all;
}

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() : folder_(fs::temp_directory_path() / ("cleave_ledger_" + std::to_string(std::random_device()()))) {}
  ~LedgerTest() override { fs::remove_all(folder_); }
  [[nodiscard]] fs::path shard() const { return folder_ / "shard-0.jsonl"; }
  fs::path folder_;
};

TEST_F(LedgerTest, KeepsWhatWasFound) {
  {
    Ledger ledger(folder_, 0, kIdentity, false);
    for (std::size_t group = 0; group < 5; ++group) ledger.add(group, outcome(group));
  }
  Ledger ledger(folder_, 0, kIdentity, true);
  for (std::size_t group = 0; group < 5; ++group) {
    EXPECT_TRUE(ledger.has(group));
    const auto found = ledger.take(group);
    ASSERT_TRUE(found);
    EXPECT_EQ(line_of(group, *found), line_of(group, outcome(group)));
    EXPECT_EQ(found->reason, outcome(group).reason);
    EXPECT_EQ(figures(*found), figures(outcome(group)));
    EXPECT_FALSE(ledger.has(group)) << "once";
  }
  EXPECT_FALSE(ledger.has(5));
  EXPECT_FALSE(ledger.take(5));
}

TEST_F(LedgerTest, ForgetsATornLastLineAndGoesOnBehindIt) {
  {
    Ledger ledger(folder_, 0, kIdentity, false);
    for (std::size_t group = 0; group < 3; ++group) ledger.add(group, outcome(2));
  }
  const std::string whole = read_file(shard());
  for (std::size_t lost = 1; lost < whole.size(); lost += 7) {
    std::ofstream(shard(), std::ios::trunc) << whole.substr(0, whole.size() - lost);
    {
      Ledger ledger(folder_, 0, kIdentity, true);
      EXPECT_FALSE(ledger.take(2)) << lost;
      ledger.add(7, outcome(1));
    }
    Ledger ledger(folder_, 0, kIdentity, true);
    EXPECT_TRUE(ledger.take(7)) << lost;
  }
}

TEST_F(LedgerTest, FindsAgainWhatWasTornBefore) {
  {
    Ledger ledger(folder_, 0, kIdentity, false);
    ledger.add(2, outcome(3));
  }
  fs::resize_file(shard(), fs::file_size(shard()) - 20);
  {
    Ledger ledger(folder_, 0, kIdentity, true);
    EXPECT_FALSE(ledger.has(2));
    ledger.add(2, outcome(3));
  }
  Ledger ledger(folder_, 0, kIdentity, true);
  EXPECT_TRUE(ledger.take(2)) << "the whole line counts, not the torn one before it";
}

TEST_F(LedgerTest, ForgetsLinesThatWereChanged) {
  {
    Ledger ledger(folder_, 0, kIdentity, false);
    for (std::size_t group = 0; group < 2; ++group) ledger.add(group, outcome(3));
  }
  const std::string whole = read_file(shard());
  const std::size_t line = whole.find('\n') + 1, end = whole.find('\n', line);
  for (std::size_t at = line; at < end; ++at) {
    std::string changed = whole;
    changed[at] = changed[at] == '3' ? '4' : '3';
    write_file(shard(), changed);
    Ledger ledger(folder_, 0, kIdentity, true);
    EXPECT_FALSE(ledger.has(0)) << at - line;
    EXPECT_TRUE(ledger.has(1)) << at - line;
    EXPECT_FALSE(ledger.has(3)) << at - line;
  }
}

TEST_F(LedgerTest, SealsLines) {
  const std::string line = sealed(line_of(3, outcome(2)));
  EXPECT_TRUE(is_sealed(line));
  EXPECT_EQ(head_of(line).value_or(LedgerHead{}).group, 3u);
  EXPECT_EQ(line_of(3, entry_of(line, "shard").outcome), line_of(3, outcome(2))) << "it is JSON as before";
  EXPECT_FALSE(is_sealed(line_of(3, outcome(2))));
  for (std::size_t torn = 0; torn < line.size(); ++torn) {
    EXPECT_FALSE(is_sealed(line.substr(0, torn))) << torn;
    EXPECT_FALSE(is_sealed(line.substr(line.size() - torn))) << torn;
  }
  EXPECT_NE(sealed("{1}").substr(2), sealed(std::string("{1\0}", 4)).substr(3)) << "zeros count";
}

TEST_F(LedgerTest, SeesWhatOthersWrite) {
  Ledger first(folder_, 0, kIdentity, false);
  Ledger second(folder_, 1, kIdentity, false);
  second.add(5, outcome(1));
  second.flush();
  EXPECT_FALSE(first.has(5));
  EXPECT_THAT(first.reload(), ElementsAre(5));
  EXPECT_TRUE(first.has(5));
  EXPECT_THAT(first.reload(), IsEmpty());
}

TEST_F(LedgerTest, ReadsAShardAgainThatBeganAnew) {
  Ledger first(folder_, 0, kIdentity, false);
  for (const std::vector<std::size_t>& groups : {std::vector<std::size_t>{5, 6, 7}, std::vector<std::size_t>{8}}) {
    Ledger second(folder_, 1, kIdentity, false);
    for (const std::size_t group : groups) second.add(group, outcome(2));
    second.flush();
    EXPECT_THAT(first.reload(), testing::ElementsAreArray(groups));
  }
}

TEST_F(LedgerTest, KnowsWhatALineIsAboutFromItsHead) {
  const auto head = [](std::string_view line) { return head_of(line).value_or(LedgerHead{999, SearchEvent::left}); };
  EXPECT_EQ(head(line_of(17, outcome(2))).group, 17u);
  EXPECT_EQ(head(line_of(17, outcome(2))).event, SearchEvent::found);
  for (const SearchEvent event : {SearchEvent::begun, SearchEvent::left, SearchEvent::quarantined}) {
    EXPECT_EQ(head(line_of(3, event)).group, 3u);
    EXPECT_EQ(head(line_of(3, event)).event, event);
  }
  for (const char* none : {"", "{", R"({"group":)", R"({"group":"})", R"({"group":3,"event":"x"})", R"({"sweep":[]})"})
    EXPECT_FALSE(head_of(none)) << none;
  const std::string whole = line_of(17, outcome(2));
  for (std::size_t torn = 0; torn < whole.size(); ++torn) EXPECT_FALSE(head_of(whole.substr(0, torn))) << torn;
}

TEST_F(LedgerTest, IgnoresWhatAnotherSweepLeft) {
  {
    Ledger other(folder_, 1, {{"model m", "2"}}, false);
    other.add(5, outcome(1));
  }
  Ledger first(folder_, 0, kIdentity, false);
  EXPECT_THAT(first.reload(), IsEmpty());
  EXPECT_FALSE(first.heard_of(1));
  Ledger late(folder_, 1, kIdentity, true);  // its shard is that of the other sweep
  EXPECT_FALSE(late.has(5));
  late.add(6, outcome(1));
  late.flush();
  EXPECT_THAT(first.reload(), ElementsAre(6));
  EXPECT_FALSE(first.has(5));
  EXPECT_TRUE(first.heard_of(1));
}

TEST_F(LedgerTest, WritesRunsOfNumbersAndRefusesWhatIsNone) {
  GroupOutcome one = outcome(3);
  one.plans[0].plan.stages = {{ModeId(1), 3, {OpId(2), OpId(4), OpId(5), OpId(6), OpId(9), OpId(10)}},
                              {ModeId(0), 1, {OpId(0)}}};
  const std::string line = line_of(7, one);
  EXPECT_THAT(line, HasSubstr("|1 3 2 4-6 9-10;0 1 0"));
  EXPECT_EQ(entry_of(line, "shard").outcome.plans[0].plan.stages[0].operators, one.plans[0].plan.stages[0].operators);
  for (const char* wrong : {"1 3 6-4", "1 3 4-", "1 3 -4", "1 3 x", "1", "1 3", "1 3 4--6", "1 3 0-999999999", "1 3  4",
                            ";1 3 4", "1 3 4-6 2", "1 3 4 4"}) {
    std::string other = line;
    other.replace(other.find("1 3 2 4-6 9-10"), 14, wrong);
    EXPECT_THROW((void)entry_of(other, "shard"), InputError) << wrong;
  }
}

TEST_F(LedgerTest, RefusesPlansThatAreNone) {
  const std::string line = line_of(7, outcome(1));
  const std::size_t plan = line.find("\"plans\":\"") + 9;
  const std::string rest = line.substr(line.find('"', plan));
  const auto with = [&](const char* plans) { return entry_of(line.substr(0, plan) + plans + rest, "shard").outcome; };
  for (const char* wrong :
       {"", "/", "1 2 3", "1 2 3|", "1 2|1 1 0", "1 2 3 4|1 1 0", "1 2 3 |1 1", "1 2 3 4 5 6 7 2 0|1 1 0",
        "1 2 3 4 5 6 7 1 1|1 1 0", "1 2 3 4 5 6 1 0|1 1 0", "1 2 3 4 5 6 7 8 1 0|1 1 0", "1 2 3 4 x 6 7 1 0|1 1 0",
        "1 2 7ff0000000000000|1 1 0", "1 2 11112222333344445|1 1 0", "1  2|1 1 0", "1 2 0.5|1 1 0"})
    EXPECT_THROW((void)with(wrong), InputError) << wrong;
  EXPECT_EQ(with("1 2 3 4 5 6 7 0 0|1 1 0").plans[0].proven, false);
  const FrontierPoint plain = with("3ff0000000000000 4000000000000000 0|1 1 0").plans[0];
  EXPECT_EQ(plain.score.period_s, 1);
  EXPECT_EQ(plain.score.energy_j, 2);
  EXPECT_EQ(plain.bound, 2);
  EXPECT_EQ(plain.any_gap, 1);
  EXPECT_TRUE(plain.proven);
}

TEST_F(LedgerTest, RefusesAnotherSweepAndASecondProcess) {
  const auto complaint = [&](const SweepIdentity& identity, bool resume) {
    return refusal_of([&] { Ledger ledger(folder_, 0, identity, resume); });
  };
  EXPECT_THAT(complaint_of([&] { Ledger ledger(folder_, std::nullopt, kIdentity, true); }), HasSubstr("has no ledger"));
  { Ledger ledger(folder_, 0, kIdentity, false); }
  EXPECT_THAT(complaint({{"model m", "2"}, {"axis x.count", "1,2"}}, true), HasSubstr("model m was 1, now it is 2"));
  EXPECT_THAT(complaint({{"model m", "1"}}, true), HasSubstr("it has axis x.count"));
  EXPECT_THAT(complaint({{"model n", "1"}, {"axis x.count", "1,2"}}, true), HasSubstr("it has no model n"));
  const std::string sweep = read_file((folder_ / "sweep.json").string());
  write_file(folder_ / "sweep.json", std::string(sweep).replace(sweep.find("cleave.ledger/") + 14, 1, "4"));
  EXPECT_THAT(complaint(kIdentity, true), HasSubstr("its form is cleave.ledger/4, this program's is cleave.ledger/5"));
  { Ledger ledger(folder_, 0, {{"model m", "2"}}, false); }
  Ledger busy(folder_, 0, kIdentity, false);
  EXPECT_THAT(complaint(kIdentity, true), HasSubstr("another sweep is working in"));
}

TEST(Ranks, AreThoseOfTheLauncher) {
  EXPECT_EQ(rank_here().of, 1u);
  ::setenv("CLEAVE_RANK", "2", 1);
  ::setenv("CLEAVE_RANKS", "4", 1);
  EXPECT_EQ(rank_here().number, 2u);
  EXPECT_EQ(rank_here().of, 4u);
  ::setenv("CLEAVE_RANK", "4", 1);
  EXPECT_THAT(refusal_of([] { (void)rank_here(); }), HasSubstr("ranks are 0 to 3"));
  ::setenv("CLEAVE_RANK", "x", 1);
  EXPECT_THAT(refusal_of([] { (void)rank_here(); }), HasSubstr("whole number"));
  ::unsetenv("CLEAVE_RANK");
  ::unsetenv("CLEAVE_RANKS");
  ::setenv("SLURM_ARRAY_TASK_ID", "7", 1);
  ::setenv("SLURM_ARRAY_TASK_COUNT", "4", 1);
  ::setenv("SLURM_ARRAY_TASK_MIN", "5", 1);
  EXPECT_EQ(rank_here().number, 2u);
  for (const char* name : {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"}) ::unsetenv(name);
}

TEST(Ranks, ShareUnitsEvenly) {
  constexpr std::size_t units = 120'000;
  for (const std::size_t ranks : {1, 2, 3, 8, 13, 40}) {
    std::vector<double> share(ranks, 0);
    for (std::size_t unit = 0; unit < units; ++unit) share.at(rank_of_unit(unit, ranks)) += 1.0 / units;
    for (const double one : share) EXPECT_NEAR(one, 1.0 / static_cast<double>(ranks), 1e-3) << ranks;
  }
}

// Axes of a space repeat every few units: no rank has all of one value.
TEST(Ranks, ScatterTheirShares) {
  for (const std::size_t stride : {2, 3, 4, 5, 6, 8, 12, 64}) {
    std::size_t firsts = 0;
    for (std::size_t unit = 0; unit < 1000; ++unit) firsts += rank_of_unit(unit * stride, 2) == 0;
    EXPECT_NEAR(static_cast<double>(firsts), 500, 25) << stride;
  }
}

}  // namespace
}  // namespace cleave
