#include "report/trace_json.hpp"

#include "base/json_view.hpp"
#include "example.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace cleave {
namespace {

TEST(TraceJson, EventsAreInMicrosecondsUnderTheirStageAndReplica) {
  const Trace trace{.period_s = 0.5,
                    .latency_s = 2,
                    .events = {{.stage = 0, .replica = 0, .what = "send", .batch = 7, .start_s = 0.25, .end_s = 0.75},
                               {.stage = 1, .replica = 2, .what = "compute", .batch = 8, .start_s = 1, .end_s = 2}}};
  const JsonView json = JsonView::parse(trace_json(trace, {"0: cpu fp32", "1: gpu \"fp16\""}), "trace");
  EXPECT_EQ(json.at("otherData").at("period_s").number(), 0.5);
  std::map<std::string, JsonView> by_name;
  std::set<std::string> names;
  for (const JsonView& event : json.at("traceEvents").elements()) {
    if (event.at("ph").string() == "X")
      by_name.emplace(event.at("name").string(), event);
    else
      names.insert(event.at("args").at("name").string());
  }
  EXPECT_THAT(names, testing::ElementsAre("0: cpu fp32", "1: gpu \"fp16\"", "replica 0 send", "replica 2 compute"));
  const JsonView& send = by_name.at("batch 7");
  EXPECT_EQ(send.at("ts").number(), 250000);
  EXPECT_EQ(send.at("dur").number(), 500000);
  EXPECT_EQ(send.at("pid").integer(), 0);
  EXPECT_EQ(send.at("cat").string(), "send");
  EXPECT_EQ(by_name.at("batch 8").at("pid").integer(), 1);
  EXPECT_EQ(by_name.at("batch 8").at("tid").integer(), 3 * 2 + 1);
}

TEST(TraceJson, WhatOverlapsNeverSharesAThread) {
  const Example example = make_example();
  const Plan& plan = example.frontier.points.back().plan;
  const auto labels = stage_labels(example.cluster, example.cost, plan);
  ASSERT_EQ(labels.size(), plan.stages.size());
  EXPECT_THAT(labels[0], testing::StartsWith("0: "));
  std::map<std::pair<std::int64_t, std::int64_t>, double> busy_until;
  const JsonView json = JsonView::parse(trace_json(simulate(example.cost, plan, 30), labels), "trace");
  for (const JsonView& event : json.at("traceEvents").elements()) {
    if (event.at("ph").string() != "X") continue;
    double& until = busy_until[{event.at("pid").integer(), event.at("tid").integer()}];
    EXPECT_GE(event.at("ts").number(), until - 1e-6);
    until = event.at("ts").number() + event.at("dur").number();
  }
  EXPECT_GE(busy_until.size(), plan.stages.size());
}

}  // namespace
}  // namespace cleave
