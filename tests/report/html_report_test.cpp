#include "report/html_report.hpp"

#include "base/files.hpp"
#include "base/json_view.hpp"
#include "example.hpp"

#include <cleave/runtime.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <filesystem>

namespace cleave {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Example& example() {
  static const Example made = make_example();
  return made;
}

/// The data block of a page.
JsonView data_of(const std::string& page) {
  const std::string open = R"(<script type="application/json" id="data">)";
  const std::size_t start = page.find(open) + open.size();
  return JsonView::parse(page.substr(start, page.find("</script>", start) - start), "page");
}

TEST(HtmlReport, IsOneFileThatLoadsNothing) {
  const std::string page = render_report(example().data());
  EXPECT_THAT(page, AllOf(HasSubstr("<!DOCTYPE html>"), HasSubstr("default-src 'none'")));
  EXPECT_THAT(page, AllOf(Not(HasSubstr("@DATA@")), Not(HasSubstr("@STYLE@")), Not(HasSubstr("@SCRIPT@"))));
  for (const char* loading : {" src=", "href=", "@import", "url(h", "fetch("})
    EXPECT_THAT(page, Not(HasSubstr(loading)));
  EXPECT_EQ(page, render_report(example().data()));
}

TEST(HtmlReport, CarriesFrontierPlansAndBaselines) {
  const JsonView data = data_of(render_report(example().data()));
  const auto points = data.at("points").elements();
  ASSERT_EQ(points.size(), example().frontier.points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const FrontierPoint& point = example().frontier.points[i];
    EXPECT_NEAR(points[i].at("energy_j").number(), point.score.energy_j, 1e-5 * point.score.energy_j);
    EXPECT_NEAR(points[i].at("throughput_per_s").number(), 1 / point.score.period_s, 1e-5 / point.score.period_s);
    EXPECT_EQ(points[i].at("proven").boolean(), point.proven);
    EXPECT_EQ(points[i].at("weight").is_array(), point.weight.has_value());
    EXPECT_EQ(points[i].at("stages").elements().size(), point.plan.stages.size());
  }
  const auto baselines = data.at("baselines").elements();
  ASSERT_EQ(baselines.size(), 2U);
  EXPECT_EQ(baselines[1].at("name").string(), "even split");
  const auto stage = baselines[1].at("stages").elements()[1];
  EXPECT_EQ(data.at("cluster").at("classes").elements()[1].at("name").string(), "gpu");
  EXPECT_EQ(stage.at("class").integer(), 1);
  EXPECT_EQ(stage.at("precision").string(), "fp16");
  const auto names = data.at("names").elements();
  EXPECT_EQ(names[static_cast<std::size_t>(stage.at("first").integer())].string(), "layer2/conv3");
  EXPECT_EQ(names[static_cast<std::size_t>(stage.at("last").integer())].string(), "layer3/conv4");
}

TEST(HtmlReport, TimelineIsTheSimulation) {
  const auto point = data_of(render_report(example().data())).at("points").elements().back();
  const Trace trace = simulate(example().cost, example().frontier.points.back().plan, 6);
  const auto numbers = point.at("events").elements();
  ASSERT_EQ(numbers.size(), 6 * trace.events.size());
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    EXPECT_EQ(numbers[6 * i].integer(), static_cast<std::int64_t>(trace.events[i].stage));
    EXPECT_EQ(numbers[6 * i + 3].integer(), static_cast<std::int64_t>(trace.events[i].batch));
    EXPECT_NEAR(numbers[6 * i + 5].number(), trace.events[i].end_s, 1e-5 * trace.events[i].end_s);
  }
}

TEST(HtmlReport, HostileNamesStayText) {
  Example hostile = example();
  hostile.cluster.classes[ClassId(1)].name = "</script><script>alert(1)</script>@STYLE@";
  const std::string page = render_report(hostile.data("<!-- <b>\"title\"</b>"));
  EXPECT_THAT(page, AllOf(Not(HasSubstr("<script>alert")), Not(HasSubstr("<!-- <b>"))));
  EXPECT_EQ(data_of(page).at("title").string(), "<!-- <b>\"title\"</b>");
}

/// The example with copies of `point` up to 5000 points, ever faster.
Example enlarged(const FrontierPoint& point) {
  Example large = example();
  for (std::size_t i = large.frontier.points.size(); i < 5000; ++i) {
    large.frontier.points.push_back(point);
    large.frontier.points.back().score.period_s = point.score.period_s / (1 + 1e-4 * static_cast<double>(i));
  }
  return large;
}

TEST(HtmlReport, StaysBelowTwoMebibytesAndSaysWhatItLeftOut) {
  for (const std::size_t copied : {std::size_t{0}, example().frontier.points.size() - 1}) {  // one stage, three stages
    const Example large = enlarged(example().frontier.points[copied]);
    const std::string page = render_report(large.data());
    EXPECT_LT(page.size(), std::size_t{2} << 20);
    const JsonView data = data_of(page);
    const auto points = data.at("points").elements();
    EXPECT_EQ(data.at("total").integer(), 5000);
    EXPECT_THAT(points.size(), AllOf(testing::Gt(500U), testing::Lt(5000U)));
    const auto expect_period = [](const JsonView& shown, const FrontierPoint& point) {
      EXPECT_NEAR(shown.at("period_s").number(), point.score.period_s, 1e-5 * point.score.period_s);
    };
    expect_period(points.front(), large.frontier.points.front());
    expect_period(points.back(), large.frontier.points.back());
    const JsonView& middle = points[points.size() / 2];
    expect_period(middle, large.frontier.points[static_cast<std::size_t>(middle.at("index").integer())]);
  }
}

/// Where data flows in a circle a stage works at a batch in passes, each of which has events of its own.
TEST(HtmlReport, ManyPassesDoNotFillThePage) {
  Example circling = example();
  circling.cost.transfer_bytes = circling.cost.transfer_s;
  circling.cost.live_bytes = circling.cost.weight_bytes;
  const CostTable& cost = circling.cost;
  std::vector<OpId> even, odd;
  for (const OpId op : cost.inputs.ids()) (op.at() % 2 == 0 ? even : odd).push_back(op);
  const ModeId first = circling.frontier.points.back().plan.stages.front().mode;
  FrontierPoint point = circling.frontier.points.back();
  point.plan.stages = {Stage{first, 1, even}, Stage{first, 1, odd}};
  ASSERT_TRUE(interleaved(cost, point.plan));
  point.score = evaluate(cost, point.plan);
  circling.frontier.points.assign(950, point);
  const JsonView data = data_of(render_report(circling.data()));
  const auto points = data.at("points").elements();
  ASSERT_EQ(points.size(), 950U);
  std::size_t events = 0;
  for (const JsonView& one : points) events += one.at("events").elements().size() / 6;
  EXPECT_LT(events, 22'000U);
  const std::size_t all = static_cast<std::size_t>(points[0].at("events_in_all").integer());
  EXPECT_GT(all * points.size(), 2 * events) << "what does not fit is left out";
  // The earliest stay.
  const auto kept = points[0].at("events").elements();
  double last_s = 0;
  for (std::size_t i = 4; i < kept.size(); i += 6) {
    EXPECT_GE(kept[i].number(), last_s);
    last_s = kept[i].number();
  }
}

TEST(HtmlReport, LongNamesKeepTheirEndAndTheirCharactersWhole) {
  Example named = example();
  const std::string common = std::string(100, '/') + "ü" + std::string(39, '/');  // the cut falls inside the ü
  for (Operator& op : named.network.operators) op.name = common + op.name.substr(op.name.size() - 5);
  for (const JsonView& name : data_of(render_report(named.data())).at("names").elements())
    EXPECT_THAT(name.string(), testing::MatchesRegex("\\.\\.\\./{39}conv[1-5]"));
}

TEST(HtmlReport, EmptyFrontierIsAPageToo) {
  Example empty = example();
  empty.frontier.points.clear();
  empty.baselines.clear();
  EXPECT_TRUE(data_of(render_report(empty.data())).at("points").elements().empty());
}

/// What the page looks like to a browser, after its scripts have run.
std::string rendered(const std::string& url, const std::string& profile) {
  const std::string command = fmt::format(
      "timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir='{}' --virtual-time-budget=5000 "
      "--dump-dom '{}' 2>/dev/null",
      profile, url);
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> chunk{};
  for (std::size_t got = 0; (got = fread(chunk.data(), 1, chunk.size(), pipe)) > 0;) text.append(chunk.data(), got);
  pclose(pipe);
  return text;
}

TEST(HtmlReport, BrowserShowsThePlanOfTheSelectedPoint) {
  if (std::system("command -v chromium > /dev/null 2>&1") != 0) GTEST_SKIP() << "chromium is not installed";
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "cleave_report_test";
  write_file(folder / "report.html", render_report(example().data()));
  const std::string url = "file://" + (folder / "report.html").string();
  const std::string profile = (folder / "profile").string();
  const std::string third = rendered(url + "#point=3", profile);
  if (third.empty()) GTEST_SKIP() << "chromium does not start here";
  EXPECT_THAT(third, AllOf(HasSubstr("Point 3 (of"), HasSubstr(R"(data-point="0")"), HasSubstr("Not proven."),
                           HasSubstr("data-stage=\"0\"")));
  const std::string baseline = rendered(url + "#baseline=1", profile);
  EXPECT_THAT(baseline, AllOf(HasSubstr("Baseline: even split"), HasSubstr("layer2/conv3 … layer3/conv4"),
                              Not(HasSubstr("Point 3 (of"))));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cleave
