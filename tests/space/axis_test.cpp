#include "space/axis.hpp"
#include "complaint.hpp"
#include "space/design.hpp"

#include <gmock/gmock.h>

#include <set>

namespace cleave {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> values(const char* text) { return parse_axis(text).values; }

TEST(Axis, ReadsWordsNumbersAndRanges) {
  EXPECT_EQ(parse_axis("cim.count=0:3").name, "cim.count");
  EXPECT_THAT(values("cim.count=0:3"), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(values("npu.clock_hz=5e8,1e9"), ElementsAre("5e+08", "1e+09"));
  EXPECT_THAT(values("a.b=1:2:0.5"), ElementsAre("1", "1.5", "2"));
  EXPECT_THAT(values("a.b=0.1:0.3:0.1"), ElementsAre("0.1", "0.2", "0.3")) << "rounding loses no value";
  EXPECT_THAT(values("a.b=0.7:1.1:0.1"), ElementsAre("0.7", "0.8", "0.9", "1", "1.1")) << "and is not shown";
  EXPECT_THAT(values("a.b=1e-9:3e-9:1e-9"), ElementsAre("1e-09", "2e-09", "3e-09"));
  EXPECT_THAT(values("a.b=0.01:1*10"), ElementsAre("0.01", "0.1", "1"));
  EXPECT_THAT(values("a.b=16:100*2"), ElementsAre("16", "32", "64"));
  EXPECT_THAT(values("precision=fp32,int8,fp32"), ElementsAre("fp32", "int8"));
  EXPECT_THAT(values("a.b=1,4:6,5"), ElementsAre("1", "4", "5", "6"));
}

TEST(Axis, RefusesWhatIsNone) {
  const auto complaint = [](const char* text) { return refusal_of([&] { (void)parse_axis(text); }); };
  EXPECT_THAT(complaint("cim.count"), HasSubstr("write NAME=VALUES"));
  EXPECT_THAT(complaint("cim.count="), HasSubstr("write NAME=VALUES"));
  EXPECT_THAT(complaint("=1"), HasSubstr("write NAME=VALUES"));
  EXPECT_THAT(complaint("a.b=1,,2"), HasSubstr("a value is empty"));
  EXPECT_THAT(complaint("a.b=5:3"), HasSubstr("the range 5:3 is empty"));
  EXPECT_THAT(complaint("a.b=1:x"), HasSubstr("is no range"));
  EXPECT_THAT(complaint("a.b=1:9:0"), HasSubstr("does not end"));
  EXPECT_THAT(complaint("a.b=0:9*2"), HasSubstr("does not end"));
  EXPECT_THAT(complaint("a.b=1:9*1"), HasSubstr("does not end"));
  EXPECT_THAT(complaint("a.b=1:1e9"), HasSubstr("more than 10000 values"));
  EXPECT_THAT(complaint("a.b=1:1:1e-20"), HasSubstr("more than 10000 values")) << "steps that rounding swallows";
}

const DesignSpace kSpace{{"zoo:vgg8", "zoo:vgg16"},
                         "edge4",
                         1,
                         {{"cim.count", {"1", "2", "3"}}, {"batch", {"1", "4"}}, {"npu.count", {"1", "2"}}}};

TEST(DesignIndex, NumbersEveryPointOnceAndGroupsThemByCounts) {
  const DesignIndex index(kSpace);
  EXPECT_EQ(index.points(), 24u);
  EXPECT_EQ(index.groups(), 4u);
  for (std::size_t i = 0; i < index.points(); ++i) EXPECT_EQ(index.point(index.design(i)), i);
  std::set<std::size_t> seen;
  for (std::size_t group = 0; group < index.groups(); ++group) {
    const auto points = index.points_of(group);
    EXPECT_EQ(points.size(), 6u);
    seen.insert(points.begin(), points.end());
    const Design first = index.design(points.front());
    for (const std::size_t point : points) {
      EXPECT_EQ(index.design(point).model, first.model);
      EXPECT_EQ(batch_of(kSpace, index.design(point)), batch_of(kSpace, first));
      EXPECT_EQ(largest_cluster_of(kSpace, index.design(point)), "edge4?cim.count=3,npu.count=2");
    }
  }
  EXPECT_EQ(seen.size(), 24u);
  EXPECT_EQ(cluster_of(kSpace, index.design(0)), "edge4?cim.count=1,npu.count=1");
}

TEST(DesignIndex, RefusesSpacesThatNobodyFinishes) {
  DesignSpace space = kSpace;
  for (int i = 0; i < 8; ++i) space.axes.push_back({"a" + std::to_string(i), std::vector<std::string>(10, "1")});
  EXPECT_THAT(refusal_of([&] { DesignIndex index(space); }), HasSubstr("give fewer values"));
}

TEST(DesignSpace, AxesAreCheckedBeforeAnythingIsSearched) {
  const auto complaint = [](Axis axis) {
    DesignSpace space{{"zoo:vgg8"}, "edge4", 1, {std::move(axis)}};
    return refusal_of([&] { check_axes(space, read_cluster(space.cluster)); });
  };
  EXPECT_THAT(complaint({"cin.count", {"1"}}), HasSubstr("did you mean \"cim\""));
  EXPECT_THAT(complaint({"npu.clock", {"1e9"}}), HasSubstr("did you mean \"npu.clock_hz\""));
  EXPECT_THAT(complaint({"npu.clock_hz", {"1e9", "-1"}}), HasSubstr("\"-1\" is not greater than 0"));
  EXPECT_THAT(complaint({"npu.clock_hz", {"1e9", "1e300"}}), HasSubstr("\"1e300\" is not 0 and not from 1e-30"));
  EXPECT_THAT(complaint({"batch", {"0"}}), HasSubstr("batch: \"0\""));
  EXPECT_THAT(complaint({"precision", {"int9"}}), HasSubstr("int9"));
  EXPECT_THAT(complaint({"cim.count", {"1.5"}}), HasSubstr("whole number"));
  DesignSpace twice{{"zoo:vgg8"}, "edge4", 1, {{"cim.count", {"1"}}, {"cim.count", {"2"}}}};
  EXPECT_THAT(refusal_of([&] { check_axes(twice, read_cluster(twice.cluster)); }), HasSubstr("occurs twice"));
}

}  // namespace
}  // namespace cleave
