#include "space/space_report.hpp"

#include "base/json_view.hpp"

#include <gmock/gmock.h>

#include <map>

namespace cleave {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

JsonView block_of(const std::string& page, const std::string& id) {
  const std::string open = "id=\"" + id + "\">";
  const std::size_t start = page.find(open) + open.size();
  return JsonView::parse(page.substr(start, page.find("</script>", start) - start), "page");
}

class SpaceReport : public testing::Test {
 protected:
  std::string render(const SpaceResult& result, const std::string& title = "vgg8 on edge4") {
    return render_space_report({title, space_, result,
                                [](std::size_t, std::size_t i) { return "plans/vgg8_" + std::to_string(i) + ".json"; },
                                [this](std::size_t point) -> const Setting& { return setting(point); }});
  }
  const Setting& setting(std::size_t point) {
    const auto found = settings_.find(point);
    if (found != settings_.end()) return found->second;
    const Design design = DesignIndex(space_).design(point);
    return settings_.emplace(point, read_setting("zoo:vgg8", cluster_of(space_, design), batch_of(space_, design)))
        .first->second;
  }
  DesignSpace space_{{"zoo:vgg8"}, "edge4", 1, {{"cim.count", {"0", "2"}}, {"cim.adc_bits", {"4", "6"}}}};
  std::map<std::size_t, Setting> settings_;
};

TEST_F(SpaceReport, HasEveryPlanOfTheFrontierAndLoadsNothing) {
  const SpaceResult result = search_space(space_);
  const std::string page = render(result);
  for (const char* loading : {" src=", "href=", "@import", "url(h", "fetch("})
    EXPECT_THAT(page, Not(HasSubstr(loading)));
  EXPECT_THAT(page,
              AllOf(HasSubstr("default-src 'none'"), Not(HasSubstr("@POINTS@")), Not(HasSubstr("@SPACE_STYLE@"))));
  const JsonView data = block_of(page, "data");
  const auto plans = data.at("plans").elements();
  ASSERT_EQ(plans.size(), result.frontiers[0].size());
  ASSERT_GT(plans.size(), 2U);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const SpacePlan& plan = result.frontiers[0][i];
    EXPECT_EQ(plans[i].at("point").integer(), static_cast<std::int64_t>(plan.point));
    EXPECT_NEAR(plans[i].at("energy_j").number(), plan.plan.score.energy_j, 1e-5 * plan.plan.score.energy_j);
    const auto stages = plans[i].at("stages").elements();
    ASSERT_EQ(stages.size(), plan.plan.plan.stages.size());
    // Classes are those of the plan's own cluster.
    const auto cluster = data.at("clusters").elements()[static_cast<std::size_t>(plans[i].at("cluster").integer())];
    const auto classes = cluster.at("classes").elements();
    const Setting& own = setting(plan.point);
    const ModeId mode = plan.plan.plan.stages[0].mode;
    EXPECT_EQ(classes[static_cast<std::size_t>(stages[0].at("class").integer())].at("name").string(),
              own.devices.classes[own.cost.modes[mode].device_class].name);
  }
}

TEST_F(SpaceReport, SaysWhetherProofsAreAboutPlansWithinLimits) {
  EXPECT_FALSE(block_of(render(search_space(space_)), "data").at("limited").boolean());
  for (const SpaceLimits& limits : {SpaceLimits{.latency_s = 1}, SpaceLimits{.devices = 8}})
    EXPECT_TRUE(block_of(render(search_space(space_, {.limits = limits})), "data").at("limited").boolean());
}

TEST_F(SpaceReport, HostileNamesStayText) {
  const std::string page = render(search_space(space_), "</script><script>alert(1)</script>");
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_EQ(block_of(page, "data").at("title").string(), "</script><script>alert(1)</script>");
}

TEST_F(SpaceReport, AHundredThousandPointsStayBelowTwoMebibytes) {
  SpaceResult result = search_space(space_);
  const std::vector<SpacePlan> few = result.frontiers[0];
  for (int copies = 0; copies < 60; ++copies)
    result.frontiers[0].insert(result.frontiers[0].end(), few.begin(), few.end());
  for (std::size_t i = result.points.size(); i < 100'000; ++i)
    result.points.push_back(
        {.state = PointState::dominated,
         .frontier = {{1e-3 * static_cast<double>(i + 1), 2, 3}, {2e-3 * static_cast<double>(i + 1), 1, 3}}});
  const std::string page = render(result);
  EXPECT_LT(page.size(), std::size_t{2} << 20);
  EXPECT_GT(page.size(), std::size_t{3} << 19) << "room is used";
  const JsonView points = block_of(page, "points-data");
  EXPECT_EQ(points.at("of").integer(), 100'000);
  EXPECT_EQ(points.at("with_plans").integer(), 100'000 - 2) << "two of the real ones are pruned";
  EXPECT_THAT(points.at("shown").integer(), AllOf(testing::Gt(20'000), testing::Lt(100'000)));
  EXPECT_EQ(points.at("frugal").at("energy_j").at("high").number(), 1);
}

}  // namespace
}  // namespace cleave
