#include "base/json_view.hpp"
#include "base/json_writer.hpp"
#include "complaint.hpp"

#include <cleave/error.hpp>

#include <gmock/gmock.h>

#include <limits>

namespace cleave {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Json, ComplaintsShowCharactersOfCodeZeroAndGoOn) {
  EXPECT_THAT(complaint_of([] { throw InputError("c.json", "", std::string("is a\0b", 6), "give c"); }),
              testing::StrEq("c.json: is a\\x00b; give c"));
}

TEST(Json, CopiesWhatItHas) {
  const std::string text = R"({
  "a": [
    1,
    100000,
    -2,
    0.5,
    null,
    true,
    "\u0001"
  ],
  "b": {}
}
)";
  JsonWriter writer;
  JsonView::parse(text, "c.json").copy_to(writer);
  EXPECT_EQ(writer.text(), text);
}

TEST(Json, ComplaintsNameFilePointerProblemAndRepair) {
  const auto view = JsonView::parse(R"({"schema": "cleave.cluster/1", "devices": [{"cuont": 2}]})", "c.json");
  const auto device = view.at("devices").elements()[0];
  EXPECT_THAT(
      complaint_of([&] {
        device.allow_only({"count", "name"});
      }),
      AllOf(HasSubstr("c.json"), HasSubstr("/devices/0/cuont"), HasSubstr("not a known key"), HasSubstr("\"count\"")));
  EXPECT_THAT(complaint_of([&] { (void)device.at("name"); }),
              AllOf(HasSubstr("/devices/0"), HasSubstr("has no \"name\"")));
  EXPECT_THAT(complaint_of([&] { (void)device.at("cuont").string(); }), HasSubstr("is number 2; give a string"));
  EXPECT_THAT(complaint_of([] { (void)JsonView::parse("null", "f").string(); }), HasSubstr("is null; give a string"));
}

TEST(Json, WritesUtf8Whatever) {
  const std::string fine = "\u00e4\u20ac\U0001f600";
  EXPECT_EQ(json_quoted(fine), "\"" + fine + "\"");
  EXPECT_EQ(json_quoted("a\xff"
                        "b\xc3"),
            "\"a\\ufffdb\\ufffd\"");
  EXPECT_EQ(json_quoted("\xc0\xaf\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\"");
}

TEST(Json, RefusesWhatOtherReadersForgive) {
  EXPECT_THAT(complaint_of([] { JsonView::parse("{\"a\": 1,\n \"a\": 2}", "f"); }), HasSubstr("twice"));
  EXPECT_THAT(complaint_of([] { JsonView::parse("{\n\n\"a\": }", "f"); }), HasSubstr("line 3"));
  EXPECT_THAT(complaint_of([] { JsonView::parse("", "f"); }), HasSubstr("not valid JSON"));
  EXPECT_THAT(complaint_of([] { JsonView::parse(std::string(100'000, '['), "f"); }), HasSubstr("nested too deeply"));
  EXPECT_THAT(complaint_of([] { JsonView::parse(std::string(50, '[') + std::string(50, ']'), "f"); }),
              HasSubstr("no complaint"));
  EXPECT_THAT(complaint_of([] { JsonView::parse(R"({"x": 1e999})", "f"); }), HasSubstr("no double can hold"));
  EXPECT_THAT(complaint_of([] { (void)JsonView::parse("[-1]", "f").elements()[0].non_negative(); }),
              HasSubstr("negative"));
  EXPECT_THAT(
      complaint_of([] { JsonView::parse(R"({"x": 1, "schema": "cleave.plan/1"})", "f").require_schema("plan"); }),
      HasSubstr("first key"));
  EXPECT_THAT(complaint_of([] { JsonView::parse(R"({"schema": "cleave.plan/2"})", "f").require_schema("plan"); }),
              HasSubstr("cleave.plan/1"));
}

TEST(Json, WrittenNumbersReadBackToTheSameBits) {
  const double third = 1.0 / 3;
  JsonWriter writer;
  writer.begin_object().field("third", third).field("none", std::numeric_limits<double>::infinity());
  writer.key("list").begin_array().value(1).value(true).end_array().field("text", "a\"</b>\n").end_object();
  const auto view = JsonView::parse(writer.text(), "written");
  EXPECT_EQ(view.at("third").number(), third);
  EXPECT_FALSE(view.at("none").is_number());
  EXPECT_EQ(view.at("list").elements()[0].integer(), 1);
  EXPECT_EQ(view.at("text").string(), "a\"</b>\n");
}

}  // namespace
}  // namespace cleave
